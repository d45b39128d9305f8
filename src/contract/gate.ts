// What the gate offers to the modules of traffic/.

import type { JudgedFacts, Judgment } from './decide.ts'
import type { Peer, PresentedCredential } from './endpoint.ts'
import type { GatewayError } from './errors.ts'
import type { Operation } from './operation.ts'
import type { ConnectionOptions, Connection } from './connection.ts'
import type { Caller, Owner } from './principal.ts'
import type { Resource } from './resource.ts'

/** What the gate is to a room. */
export interface Gate {
  /**
   * Who calls, and are they let in at all? Cheap; a room asks before it reads a body.
   * @throws GatewayError `no-key`, `bad-key`, `expired-key`, `draining`
   */
  identify(
    credential: PresentedCredential | undefined,
    call: {
      peer: Peer
      headers: Headers /** How the endpoint wants the key, for the refusal. */
      sendAs?: string
    },
  ): Caller
  /**
   * The owner of something, as a caller that is not connected: under the rules of this moment, narrowed by
   * the key that made the thing.
   * @param key id of that key. One that was revoked and keeps what it made narrows on, as long as the owner
   * has another
   * @throws GatewayError `revoked`, `expired-key`, `draining`
   */
  recall(owner: Owner, key?: string): Caller
  /**
   * Registers what lives between exchanges, so that a revoked key, a signal, a shutdown and new rules reach
   * it within a second.
   * @throws GatewayError `too-many-concurrent` when the principal has too many, `overloaded` when all
   * together have
   */
  connect(caller: Caller, connecting: ConnectionOptions): Connection
  /**
   * Counts a call from before its body is read: a room asks for it where there is a body, hands it to `open`,
   * and gives it back when that does not come about.
   * @throws GatewayError `too-many-concurrent`
   */
  enter(caller: Caller): CallSlot
  /**
   * One governed operation from open to close. Resolves when the first attempt that will be shown has status
   * and headers.
   * @throws GatewayError any code; the record is already written then
   */
  open(caller: Caller, operation: Operation, call: OpenCall): Promise<GatewayResponse>
  /**
   * What a call of this resource would be told, as far as that is known without the call: grants, and the
   * policies of requests. For lists, which show everything that is not `denied`; no record.
   */
  judge(caller: Caller, resource: Resource, facts?: JudgedFacts): Judgment
  /**
   * Lets another principal join a run of the caller: its calls count in the run, and the run's own budgets
   * pay for them too.
   * @throws GatewayError `bad-request` when the run or exchange is not the caller's
   */
  issueRunToken(
    caller: Caller,
    what: RunTokenRequest,
  ): { token: string; run: string /** ms since the epoch */; expiresAt: number }
  /**
   * A refusal that came before there was an operation (a body that is no JSON): counted, and recorded once a
   * key is known.
   */
  refused(
    error: GatewayError,
    what: { caller?: Caller; dialect: string; kind: Operation['kind']; bytes?: number; startedAt: number },
  ): string
}

export interface RunTokenRequest {
  /** Who may join: `workload:reviewer`, `key:ci`, `person:ann`. */
  member: string
  ttlMs: number
  /** As named by the caller or in `x-gatehouse-run`. Absent: the run of `exchange`. */
  run?: string
  /** A running exchange of the caller, below which the member's calls appear. */
  exchange?: string
}

/** One of the calls that may run at once. */
export interface CallSlot {
  /** Idempotent. */
  leave(): void
}

export interface OpenCall {
  startedAt: number
  /** Aborts when the client leaves. */
  clientGone: AbortSignal
  headers: Headers
  peer: Peer
  /** From `Gate.enter`; the gate gives it back from now on. */
  place?: CallSlot
  /**
   * The running exchange that this one is part of: a nested call, or what the upstream asks the client. It
   * shares the run and ends with it.
   */
  within?: { exchange: string }
  /** Others will join the run (an agent that is called): it is one of its own, but not of this call alone. */
  sharesRun?: true
  /**
   * What the client's own agent calls its session: the run, where the client names none (`x-gatehouse-run`).
   */
  session?: string
}

/** The governed answer: what a door turns into bytes on the wire. */
export interface GatewayResponse {
  readonly exchange: string
  readonly status: number
  /** The reply's headers and ours (`x-gatehouse-*`). */
  readonly headers: readonly (readonly [string, string])[]
  readonly isStream: boolean
  /**
   * Bytes for the client; undefined at the end, by when the record is journaled.
   * @throws GatewayError when the stream fails or is refused midway; the record is journaled, the door words
   * it
   */
  next(): Promise<Uint8Array | string | undefined>
  /** The client left. Idempotent, never rejects. */
  cancel(): void
}
