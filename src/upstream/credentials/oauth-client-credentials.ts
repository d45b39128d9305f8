// OAuth client credentials (RFC 6749 §4.4): a token is fetched from the vendor's token endpoint, kept in memory, and renewed before it
// expires. One fetch at a time serves every call that waits for it.

import { z } from 'zod'
import { putKey, requiredSecret, type CredentialKind } from './credential.ts'
import { tokenRequest } from './token-request.ts'
import { renewingToken } from './renewing-token.ts'

export const oauthClientCredentials: CredentialKind = {
  kind: 'oauth-client-credentials',
  schema: z.strictObject({
    kind: z.literal('oauth-client-credentials').describe('A token from an OAuth token endpoint (client credentials grant).'),
    tokenUrl: z.url().describe('The token endpoint.'),
    clientId: z.string().min(1).describe('The client id.'),
    clientSecret: z.string().describe('The client secret: `${CLIENT_SECRET}`.'),
    scope: z.string().optional().describe('Scopes, separated by spaces.'),
    audience: z.string().optional().describe('The `audience` parameter, for servers that ask for it.'),
    resource: z.string().optional().describe('The `resource` parameter (RFC 8707).'),
    authentication: z
      .enum(['basic', 'post'])
      .optional()
      .describe('How the client authenticates: `basic` (default: `client_secret_basic`) or `post` (`client_secret_post`).'),
  }),
  secrets: ['clientSecret'],
  prepare(rule, { provider, originOf }, { clock, reveal, send }) {
    const { tokenUrl = '' } = rule.settings
    const origin = originOf('token endpoint', tokenUrl)
    const token = renewingToken(clock, () => {
      const secret = requiredSecret(rule, 'clientSecret', provider, reveal)
      return tokenRequest({ origin, tokenUrl, settings: rule.settings, secret, provider, send })
    })
    return {
      apply(outgoing) {
        const current = token.current()
        if (typeof current === 'string') return putKey(outgoing, 'authorization', undefined, current)
        return current.then((fetched) => putKey(outgoing, 'authorization', undefined, fetched))
      },
      renew: (refused) => token.drop(refused.headers.authorization?.slice('Bearer '.length) ?? ''),
    }
  },
}
