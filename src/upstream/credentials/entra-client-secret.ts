// An application of Microsoft Entra ID that authenticates with a client secret.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#first-case-access-token-request-with-a-shared-secret

import { z } from 'zod'
import { type CredentialKind, requiredSecret } from './credential.ts'
import { createEntraCredential, entraFields } from './entra.ts'

export const entraClientSecret: CredentialKind = {
  kind: 'entra-client-secret',
  schema: z.strictObject({
    kind: z
      .literal('entra-client-secret')
      .describe('A token of Microsoft Entra ID for an application with a client secret.'),
    ...entraFields,
    clientSecret: z.string().describe('The secret of the application: `${AZURE_CLIENT_SECRET}`.'),
  }),
  secrets: ['clientSecret'],
  prepare: (rule, parts, tools) =>
    createEntraCredential(rule, parts, tools, {
      prove: () => ({ client_secret: requiredSecret(rule, 'clientSecret', parts.provider, tools.reveal) }),
      check: 'its tenant, client id, secret and scope',
    }),
}
