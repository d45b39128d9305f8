// OAuth client credentials (RFC 6749 §4.4): a token is fetched from the vendor's token endpoint, kept in
// memory, and renewed before it expires. One fetch at a time serves all waiting calls.

import { z } from 'zod'
import { type CredentialKind, requiredSecret } from './credential.ts'
import { createTokenCredential } from './token-credential.ts'
import { requestToken } from './token-request.ts'

export const oauthClientCredentials: CredentialKind = {
  kind: 'oauth-client-credentials',
  schema: z.strictObject({
    kind: z
      .literal('oauth-client-credentials')
      .describe('A token from an OAuth token endpoint (client credentials grant).'),
    tokenUrl: z.url().describe('The token endpoint.'),
    clientId: z.string().min(1).describe('The client id.'),
    clientSecret: z.string().describe('The client secret: `${CLIENT_SECRET}`.'),
    scope: z.string().optional().describe('Scopes, separated by spaces.'),
    audience: z.string().optional().describe('The `audience` parameter, for servers that require it.'),
    resource: z.string().optional().describe('The `resource` parameter (RFC 8707).'),
    authentication: z
      .enum(['basic', 'post'])
      .optional()
      .describe(
        'How the client authenticates: `basic` (default: `client_secret_basic`) or `post` (`client_secret_post`).',
      ),
  }),
  secrets: ['clientSecret'],
  prepare(rule, { provider, originOf }, { clock, reveal, send }) {
    const { tokenUrl = '', clientId = '', scope, audience, resource, authentication } = rule.settings
    const origin = originOf('token endpoint', tokenUrl)
    const { pathname, search } = new URL(tokenUrl)
    const fields = { grant_type: 'client_credentials', scope, audience, resource }
    return createTokenCredential(clock, async () => {
      const secret = requiredSecret(rule, 'clientSecret', provider, reveal)
      const isPost = authentication === 'post'
      return requestToken({
        origin,
        path: pathname + search,
        ...(!isPost && {
          headers: { authorization: `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(secret)}`)}` },
        }),
        form: isPost ? { ...fields, client_id: clientId, client_secret: secret } : fields,
        asked: `The token endpoint of ${provider}`,
        provider,
        check: 'its client id, secret and scope',
        clock,
        send,
      })
    })
  },
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
