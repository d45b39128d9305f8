// Is anybody there? `fetch` does not tell a connection that hangs from an answer that takes its time, so when a call has heard nothing
// for half the connect time-out, a bare TCP connection is tried for the other half. It says nothing, and closes.

import type { Clock } from '../kit/clock.ts'

/**
 * `false` only when the address stayed silent for `ms`; a refusal is an answer too (`fetch` will report it).
 * @param base `http://203.0.113.7:8080`
 */
export function knock(base: string, ms: number, clock: Clock): Promise<boolean> {
  const url = new URL(base)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(false))
    const answered = () => {
      timer.cancel()
      resolve(true)
    }
    const socket = {
      open(connection: { end(): void }) {
        connection.end()
        answered()
      },
      data() {},
      connectError: answered,
      error: answered,
    }
    Bun.connect({ hostname: url.hostname.replace(/^\[|\]$/g, ''), port, socket }).catch(answered)
  })
}
