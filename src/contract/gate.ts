// The gate, as the modules of traffic/ see it.

import type { StopSignal } from '../kit/stop.ts'
import type { JudgedFacts, Judgment } from './decide.ts'
import type { Peer, PresentedCredential } from './endpoint.ts'
import type { GatewayError } from './errors.ts'
import type { Operation } from './operation.ts'
import type { ConnectionOptions, Connection } from './connection.ts'
import type { Caller, Owner } from './principal.ts'
import type { Resource } from './resource.ts'

/** The gate, as traffic modules use it. */
export interface Gate {
  /**
   * Identifies the caller, or refuses it. Cheap, so modules call it before they read a body.
   * @throws GatewayError `no-key`, `bad-key`, `expired-key`, `draining`
   */
  identify(
    credential: PresentedCredential | undefined,
    call: {
      peer: Peer
      headers: Headers /** How the endpoint expects the key, for the refusal. */
      sendAs?: string
    },
  ): Caller
  /**
   * The owner of an object as a caller, without a connection: under the rules that are active now, narrowed
   * by the key that made the object.
   * @param key the id of that key. A revoked key that keeps its objects still narrows, as long as the owner
   * has another key
   * @throws GatewayError `revoked`, `expired-key`, `draining`
   */
  recall(owner: Owner, key?: string): Caller
  /**
   * Registers a connection, so that a revoked key, a signal, a shutdown and new rules reach it within a
   * second.
   * @throws GatewayError `too-many-concurrent` when the principal has too many, `overloaded` when all
   * principals together have too many
   */
  connect(caller: Caller, connecting: ConnectionOptions): Connection
  /**
   * Counts a call as running before its body is read. A module with a request body takes a slot, passes it to
   * `open`, and gives it back if `open` is not called.
   * @throws GatewayError `too-many-concurrent`
   */
  enter(caller: Caller): CallSlot
  /**
   * Runs one operation from open to close. Resolves when the attempt whose response is sent has a status and
   * headers.
   * @throws GatewayError with any code. The record is already written then
   */
  open(caller: Caller, operation: Operation, call: OpenCall): Promise<GatewayResponse>
  /**
   * Predicts whether a call of this resource would be allowed, from grants and request policies. For lists,
   * which show everything that is not `denied`. Leaves no record.
   */
  judge(caller: Caller, resource: Resource, facts?: JudgedFacts): Judgment
  /**
   * Lets another principal join a run of the caller: its calls count in the run, and are also charged to the
   * run's budgets.
   * @throws GatewayError `bad-request` when the run or exchange is not the caller's
   */
  issueRunToken(
    caller: Caller,
    what: RunTokenRequest,
  ): { token: string; run: string /** ms since the epoch */; expiresAt: number }
  /**
   * Counts a refusal before there is an operation, such as an invalid body. Recorded only if the key is
   * known.
   */
  refused(
    error: GatewayError,
    what: { caller?: Caller; dialect: string; kind: Operation['kind']; bytes?: number; startedAt: number },
  ): string
}

export interface RunTokenRequest {
  /** The principal that may join: `workload:reviewer`, `key:ci`, `person:ann`. */
  member: string
  ttlMs: number
  /** As the caller named it, or in `x-gatehouse-run`. Absent: the run of `exchange`. */
  run?: string
  /** A running exchange of the caller. The member's calls become its children. */
  exchange?: string
}

/** One of the calls that a principal may run at once. */
export interface CallSlot {
  /** Idempotent. */
  leave(): void
}

export interface OpenCall {
  startedAt: number
  /** Aborts when the client leaves. */
  clientGone: StopSignal
  headers: Headers
  peer: Peer
  /** From `Gate.enter`. From now on the gate gives it back. */
  place?: CallSlot
  /**
   * The running exchange that this one is part of: for a nested call, or a request of the upstream to the
   * client. It shares the run and ends with it.
   */
  within?: { exchange: string }
  /**
   * Others will join the run (an agent that is called): the call starts a run, but the run outlives the call.
   */
  sharesRun?: true
  /** The session id of the client's agent. It names the run if the client sends no `x-gatehouse-run`. */
  session?: string
}

/** The response that the gate returns and an endpoint sends. */
export interface GatewayResponse {
  readonly exchange: string
  readonly status: number
  /** The provider's headers and ours (`x-gatehouse-*`). */
  readonly headers: readonly (readonly [string, string])[]
  readonly isStream: boolean
  /**
   * Bytes for the client. undefined at the end, when the record has been journaled.
   * @throws GatewayError when the stream fails or is refused in the middle. The record is journaled; the
   * endpoint writes the error
   */
  next(): Promise<Uint8Array | string | undefined>
  /** The client disconnected. Idempotent, never rejects. */
  cancel(): void
}
