// A fake OAuth token endpoint (RFC 6749 §4.4) that counts requests and can be configured to refuse.

import { behave, type Behavior } from './behave.ts'
import { fakeProvider, type FakeProvider } from './fake-provider.ts'
import type { Received } from './request-reader.ts'

export interface OAuthServer {
  tokenUrl: string
  /** Tokens issued so far; they are named `token-1`, `token-2`, … */
  readonly issued: number
  /** Requests of clients: form fields and headers. */
  readonly asked: readonly { form: Record<string, string>; headers: Readonly<Record<string, string>> }[]
  /** The lifetime of the next tokens in seconds; undefined leaves `expires_in` out. */
  lifetimeSeconds: number | undefined
  /** Behaviors for the next token requests instead of a token. */
  next(...behaviors: Behavior[]): void
  server: FakeProvider
  close(): Promise<void>
}

export async function oauthServer(): Promise<OAuthServer> {
  const server = await fakeProvider()
  let issued = 0
  const oauth: OAuthServer = {
    tokenUrl: `http://127.0.0.1:${server.port}/oauth/token`,
    get issued() {
      return issued
    },
    get asked() {
      return server.requests.map((request) => ({ form: formOf(request), headers: request.headers }))
    },
    lifetimeSeconds: 3600,
    next: server.next,
    server,
    close: server.close,
  }
  server.always(
    behave.custom((call) => {
      issued += 1
      const lifetime = oauth.lifetimeSeconds === undefined ? {} : { expires_in: oauth.lifetimeSeconds }
      return behave.json({ access_token: `token-${issued}`, token_type: 'Bearer', ...lifetime }).answer(call)
    }),
  )
  return oauth
}

const formOf = (request: Received): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(request.text()))
