// The common part of all credentials of Microsoft Entra ID: the tenant's token endpoint and its settings.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

import { z } from 'zod'
import type { CredentialRule } from '../../contract/snapshot.ts'
import type { Credential, CredentialParts, CredentialTools } from './credential.ts'
import { createTokenCredential } from './token-credential.ts'
import { requestToken } from './token-request.ts'

/**
 * The audience of Azure OpenAI and Foundry:
 * https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity
 */
export const cognitiveServices = 'https://cognitiveservices.azure.com'

export const entraFields = {
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, {
      error: () =>
        'a tenant is an id or a domain\nwrite it like 72f988bf-86f1-41af-91ab-2d7cd011db47 or contoso.onmicrosoft.com',
    })
    .describe('The directory (tenant): its id or a domain of it, like `${AZURE_TENANT_ID}`.'),
  clientId: z.string().min(1).describe('The application (client) id, like `${AZURE_CLIENT_ID}`.'),
  scope: z
    .string()
    .min(1)
    .optional()
    .describe(`The scope of the token. Default: \`${cognitiveServices}/.default\`.`),
  authority: z
    .url()
    .optional()
    .describe(
      'The token service of the cloud. Default: `https://login.microsoftonline.com` (for US Government use `https://login.microsoftonline.us`).',
    ),
}

interface Proof {
  /** Fields of the form that authenticate the client. @throws GatewayError `upstream-credential` */
  prove(): Readonly<Record<string, string>>
  /** The settings to check if Entra ID refuses. */
  check: string
}

export function createEntraCredential(
  rule: CredentialRule,
  parts: CredentialParts,
  { clock, send }: CredentialTools,
  { prove, check }: Proof,
): Credential {
  const { provider, originOf } = parts
  const {
    tenantId = '',
    clientId = '',
    scope = `${cognitiveServices}/.default`,
    authority = 'https://login.microsoftonline.com',
  } = rule.settings
  const origin = originOf('token endpoint', authority)
  return createTokenCredential(clock, async () =>
    requestToken({
      origin,
      path: `${origin.path}/${tenantId}/oauth2/v2.0/token`,
      form: { grant_type: 'client_credentials', client_id: clientId, scope, ...prove() },
      asked: `Microsoft Entra ID, asked for ${provider},`,
      provider,
      check,
      clock,
      send,
    }),
  )
}
