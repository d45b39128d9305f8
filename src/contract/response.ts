// An upstream's response as the gate reads it: in pieces, on demand, in the client's dialect.

import type { Edit, Media, Piece } from './content.ts'
import type { Pull } from '../kit/pull.ts'
import type { Finish, Usage } from './usage.ts'

/**
 * An upstream's response in the client's dialect, pulled piece by piece. A whole response is a stream of one
 * piece. Its `next` throws GatewayError `upstream-cut`, `upstream-timeout`, `upstream-garbage`; its `cancel`
 * stops the upstream.
 */
export interface AttemptResponse extends Pull<ResponsePiece> {
  readonly status: number
  /** Headers for the client; hop-by-hop, cookies and the vendor's account headers are gone. */
  readonly headers: readonly (readonly [string, string])[]
  readonly isStream: boolean
  /**
   * The provider's error response (status ≥ 400), in the client's dialect. The client gets it if no other
   * attempt follows.
   */
  readonly fault?: UpstreamFault
  /** Fields that the translation could not carry. */
  readonly losses: readonly Loss[]
  /** The provider's id of this response (`x-request-id`), for support requests. */
  readonly upstreamId?: string
}

export interface UpstreamFault {
  status: number
  /** The kind of fault, for retries, fallback triggers and circuit breakers. */
  kind:
    | 'rate-limit'
    | 'overloaded'
    | 'server'
    | 'credential'
    | 'quota'
    | 'context-window'
    | 'content-policy'
    | 'not-found'
    | 'bad-request'
  retryAfterMs?: number
  /** Whether the vendor documents that such a response is not billed. */
  isUnbilled: boolean
  /** The vendor's error code; never its message, which may quote content. */
  code?: string
}

export interface ResponsePiece {
  /**
   * Ready for the client. Empty when the piece only carries facts (a usage event that the client did not ask
   * for).
   */
  bytes: Uint8Array | string
  /** Present at depth `content`. */
  pieces?: readonly Piece[]
  /** Replaces earlier usage. */
  usage?: Usage
  finish?: Finish
  /** The first image, audio, video or file in it, which guards cannot read. Present at depth `content`. */
  media?: { param: string; kind: Media['kind'] }
  /** The model as the provider names it, when it does. */
  upstreamModel?: string
  /** An error inside a 200 stream. */
  fault?: UpstreamFault
  /** Whether it contains output (not a ping, not a role). For time to first token. */
  hasOutput: boolean
  /**
   * The upstream asks the client something and waits for the result (sampling, elicitation). Such a piece is
   * never held back.
   */
  asksClient?: true
  /** Characters of output in this piece, for an estimate if the provider reports no usage. */
  outputLength: number
  /** The dialect's terminal event: the record is journaled before it goes out. */
  isTerminal: boolean
  /** The bytes again with spans of `pieces` replaced. Present with `pieces`. */
  edit?(edits: readonly Edit[]): ResponsePiece
}

/** Something that a translation could not carry. */
export interface Loss {
  /** Path of the field in the client's dialect. */
  field: string
  side: 'request' | 'response'
}
