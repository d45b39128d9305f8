// Workload identity federation: a token that the platform gives to this process (Kubernetes, GitHub, another
// cloud) is exchanged for one of Entra ID.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential

import { z } from 'zod'
import { type CredentialKind, requiredSecret } from './credential.ts'
import { createEntraCredential, entraFields } from './entra.ts'

export const entraWorkloadIdentity: CredentialKind = {
  kind: 'entra-workload-identity',
  schema: z.strictObject({
    kind: z
      .literal('entra-workload-identity')
      .describe(
        'A token of Microsoft Entra ID for a workload that its platform identifies (workload identity federation).',
      ),
    ...entraFields,
    federatedToken: z
      .string()
      .describe(
        "The platform's token, usually `{ file: ${AZURE_FEDERATED_TOKEN_FILE} }`. It is read again for each exchange, because platforms renew it.",
      ),
  }),
  secrets: ['federatedToken'],
  prepare: (rule, parts, tools) =>
    createEntraCredential(rule, parts, tools, {
      prove: () => ({
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: requiredSecret(rule, 'federatedToken', parts.provider, tools.reveal),
      }),
      check:
        'its tenant and client id, and that the application has a federated credential for this workload',
    }),
}
