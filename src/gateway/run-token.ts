// Run tokens: the owner of a run lets another principal join it. Sealed, short-lived, and good for one
// principal only.

import { z } from 'zod'
import type { Owner } from '../contract/principal.ts'
import type { Sealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'

/** The content of a token. */
export interface RunTicket {
  run: string
  owner: Owner
  /** Key of the owner that issued it. Revoking the key ends the calls that joined by the token. */
  key?: string | undefined
  /** Exchange that issued it: calls that join by it appear below that exchange. */
  exchange?: string | undefined
  /** Of that exchange. */
  depth: number
  /** ms since the epoch */
  expiresAt: number
}

const ticketSchema: z.ZodType<RunTicket> = z.strictObject({
  run: z.string(),
  owner: z.strictObject({ principal: z.string(), team: z.string() }),
  key: z.string().optional(),
  exchange: z.string().optional(),
  depth: z.int(),
  expiresAt: z.number(),
})

const prefix = 'ghr_'
const longestToken = 4_096

/** Header in which a member sends it. */
export const runTokenHeader = 'x-gatehouse-run-token'

export class RunTokens {
  readonly #sealer: Sealer
  readonly #clock: Pick<Clock, 'now'>

  /** @param sealer of the purpose "run" */
  constructor(sealer: Sealer, clock: Pick<Clock, 'now'>) {
    this.#sealer = sealer
    this.#clock = clock
  }

  /** @param member id of the principal that may join */
  issue(member: string, ticket: RunTicket): string {
    return (
      prefix +
      this.#sealer.seal(Buffer.from(JSON.stringify(ticket)), associated(member)).toString('base64url')
    )
  }

  /**
   * undefined for every token that is not valid for this principal now: forged, cut, expired, or for another
   * principal.
   */
  open(member: string, token: string): RunTicket | undefined {
    if (token.length > longestToken || !token.startsWith(prefix)) return undefined
    const plain = this.#sealer.open(Buffer.from(token.slice(prefix.length), 'base64url'), associated(member))
    if (!plain) return undefined
    const ticket = ticketSchema.safeParse(JSON.parse(plain.toString()))
    return ticket.success && ticket.data.expiresAt > this.#clock.now() ? ticket.data : undefined
  }
}

const associated = (member: string) => JSON.stringify(['run', member])
