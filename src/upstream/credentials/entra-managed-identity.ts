// The identity that Azure gives to this machine or service. It needs no secret, because only this machine can
// reach the endpoint.
//
// App Service, Functions and Container Apps set their endpoint, and a header against forged requests, in the
// environment:
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference Virtual
// machines and AKS have an endpoint at a fixed link-local address (IMDS), which no other code here may dial:
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token

import { z } from 'zod'
import { type CredentialKind, type Reveal, requiredSecret } from './credential.ts'
import { cognitiveServices } from './entra.ts'
import { createTokenCredential } from './token-credential.ts'
import { requestToken } from './token-request.ts'

export const entraManagedIdentity: CredentialKind = {
  kind: 'entra-managed-identity',
  schema: z.strictObject({
    kind: z
      .literal('entra-managed-identity')
      .describe(
        'A token of Microsoft Entra ID for the managed identity of the machine that Gatehouse runs on.',
      ),
    clientId: z
      .string()
      .min(1)
      .optional()
      .describe('The client id of a user-assigned identity. Default: the system-assigned identity.'),
    resource: z
      .string()
      .min(1)
      .optional()
      .describe(`The audience of the token. Default: \`${cognitiveServices}\`.`),
  }),
  secrets: [],
  prepare(rule, { provider, identityOriginOf }, { clock, reveal, send }) {
    const { clientId, resource = cognitiveServices } = rule.settings
    const { url, version, headersOf } = endpointOf(reveal)
    const origin = identityOriginOf(url)
    const query = new URLSearchParams({
      'api-version': version,
      resource,
      ...(clientId !== undefined && { client_id: clientId }),
    })
    return createTokenCredential(clock, async () =>
      requestToken({
        origin,
        path: `${origin.path}?${query}`,
        headers: headersOf(provider),
        asked: `The identity endpoint of this machine, asked for ${provider},`,
        provider,
        check: 'that a managed identity is assigned to it, and the client id if it is a user-assigned one',
        clock,
        send,
      }),
    )
  },
}

interface Endpoint {
  url: string
  version: string
  headersOf(provider: string): Readonly<Record<string, string>>
}

/** The platform sets these variables, as for every Azure SDK. */
function endpointOf(reveal: Reveal): Endpoint {
  const told = (name: string) => reveal({ kind: 'env', name })
  const service = told('IDENTITY_ENDPOINT')
  const rule = {
    kind: 'entra-managed-identity',
    secrets: { IDENTITY_HEADER: { kind: 'env', name: 'IDENTITY_HEADER' } },
    settings: {},
  } as const
  if (service !== undefined)
    return {
      url: service,
      version: '2019-08-01',
      headersOf: (provider) => ({
        'x-identity-header': requiredSecret(rule, 'IDENTITY_HEADER', provider, reveal),
      }),
    }
  const host = told('AZURE_POD_IDENTITY_AUTHORITY_HOST') ?? 'http://169.254.169.254'
  return {
    url: `${host.replace(/\/$/, '')}/metadata/identity/oauth2/token`,
    version: '2018-02-01',
    headersOf: () => ({ metadata: 'true' }),
  }
}
