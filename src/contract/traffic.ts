// Between the gate and the rooms of traffic/: doors, attempts, replies, usage. No vendor's type appears here.

import type { Media, Piece, Edit } from './content.ts'
import type { GatewayError } from './errors.ts'
import type { Operation } from './operation.ts'
import type { Loss } from './record.ts'
import type { Subject } from './subject.ts'
import type { TargetRule } from './snapshot.ts'

/** What policies may ask about an operation without reading its content. */
export interface OperationFacts {
  /** Output limit that the caller set, tokens. */
  maxOutputTokens?: number
  /** Names of the tools that the caller offers. */
  tools: readonly string[]
  /** Kinds of media in the request. */
  media: readonly Media['kind'][]
  /** Session that a known SDK or agent sends; external, scoped by caller before use. */
  session?: string
}

export interface Content {
  readonly pieces: readonly Piece[]
  readonly media: readonly Media[]
  /** Words in a form that nobody but the model reads. A guard that fails closed refuses them. */
  readonly unreadable?: Unreadable
}

export interface Unreadable {
  /** In the dialect's own path notation: `input`. */
  param: string
  /** What stands there, for the refusal: `ids of tokens`. */
  what: string
}

/** Upper bounds for one attempt. `undefined` means: no bound is known. */
export interface Demand {
  inputTokens: number | undefined
  outputTokens: number | undefined
  /** How many answers are asked for at once (`n`): where only the target's own output limit bounds the output, each answer may reach it. Absent: 1. */
  choices?: number
  /** May input or output hold audio, which has rates of its own? Absent: it may. */
  mayHoldAudio?: boolean
  /** Does it carry files, which some providers read for a fee? Absent: no. */
  hasFiles?: boolean
  /** Fees beyond tokens (server tools): unbounded when the provider may charge as often as it likes. */
  hasUnboundedFees: boolean
  /** Asked for on terms that may change every rate: `priority`, `fast`. As in `Usage`. */
  terms?: readonly string[]
  /** What such a call usually takes, tokens in and out: reserved by token limits, whose difference becomes debt. */
  typicalTokens: number
  /** The part of it that goes in. */
  typicalInputTokens: number
  /** Why a bound is missing, for the refusal: `"n" is not set …`. */
  reason?: string
}

/** Counts as the provider told them. Absent: not told. Zero: zero. */
export interface Usage {
  /** All input, cached parts included. */
  inputTokens?: number
  /** All output, reasoning included. */
  outputTokens?: number
  cacheReadTokens?: number
  cacheWriteTokens?: number
  /** The part of cacheWriteTokens that is kept for an hour. */
  cacheWriteLongTokens?: number
  /** The part of cacheWriteTokens that is kept for twelve hours. */
  cacheWrite12hTokens?: number
  reasoningTokens?: number
  inputAudioTokens?: number
  outputAudioTokens?: number
  /** Fees counted in units of the price list (`web_search`: 2). */
  fees?: Readonly<Record<string, number>>
  /** What changes the rates of this call: the tier that served it where it is not the usual one (`flex`, `priority`), `fast`, `geo-us`. */
  terms?: readonly string[]
  /** What other models used for the same response (an advisor, a fallback at the vendor), by the vendor's name. Not part of the counts above. */
  others?: readonly ModelUsage[]
  /** What the provider says the call cost, nano-dollars, rounded up. Zero: nothing. */
  reportedNano?: number
  /** We counted, the provider did not tell. */
  isEstimated?: boolean
}

export interface ModelUsage {
  model: string
  usage: Omit<Usage, 'others'>
}

export interface Finish {
  unified: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error' | 'other'
  raw: string
}

/** What the gate hands to an operation for one try at one target. */
export interface Attempt {
  exchange: string
  /** 1 for the first. */
  number: number
  target: TargetRule
  /**
   * `content`: every piece of the response carries its `pieces`, because something will read them.
   * `meter`: the room may pass bytes through and only look for usage, finish and errors.
   */
  depth: 'content' | 'meter'
  /** Aborts the upstream call. The room must settle (throw or end) soon after. */
  signal: AbortSignal
  /** Aborts by that very signal, which is this try's alone: spares whoever minds time-outs a signal of their own. */
  abort?(reason: GatewayError): void
  timeouts: Timeouts
  /** A budget covers no more output than this in each answer, tokens: the room lowers the request's own limit to it. */
  outputCap?: number
  /** The caller's own headers, for what the provider's rule lets through (`caller` credentials, `openai-organization`). */
  callerHeaders: Headers
  subject: Subject
  /** May the request be sent again after its first byte may have left? Asked rarely: only where a vendor refused a credential that can be renewed. */
  mayRepeat?(): boolean
  /** To be called once when the first request byte may have left: from here on money may be owed. */
  onSent(): void
  /** To be called when the response held our credential. */
  onEcho?(): void
}

/** Milliseconds; 0 switches a clock off. */
export interface Timeouts {
  connectMs: number
  firstTokenMs: number
  idleMs: number
  totalMs: number
}

/**
 * An upstream's answer in the client's dialect, pulled piece by piece. A whole answer is a stream of one piece.
 * Whoever holds it must pull to the end or call `cancel`.
 */
export interface Reply {
  readonly status: number
  /** Headers for the client; hop-by-hop, cookies and the vendor's account headers are gone. */
  readonly headers: readonly (readonly [string, string])[]
  readonly isStream: boolean
  /** The provider's error answer (status ≥ 400): same dialect, for the client if no other attempt follows. */
  readonly fault?: UpstreamFault
  /** What this translation could not carry. */
  readonly losses: readonly Loss[]
  /** The provider's id for this answer (`x-request-id`), for support. */
  readonly upstreamId?: string
  /**
   * The next piece; undefined after the last. One call at a time.
   * @throws GatewayError `upstream-cut`, `upstream-timeout`, `upstream-garbage`
   */
  next(): Promise<ReplyPiece | undefined>
  /** Stops the upstream. Idempotent, never rejects. */
  cancel(): Promise<void>
}

export interface UpstreamFault {
  status: number
  /** What kind of trouble, for retries, fallback triggers and breakers. */
  kind: 'rate-limit' | 'overloaded' | 'server' | 'credential' | 'quota' | 'context-window' | 'content-policy' | 'not-found' | 'bad-request'
  retryAfterMs?: number
  /** Is it documented that such an answer is not billed? */
  isUnbilled: boolean
  /** The vendor's error code; never its message, which may quote content. */
  code?: string
}

export interface ReplyPiece {
  /** Ready for the client. Empty when the piece only carries facts (a usage event that the client did not ask for). */
  bytes: Uint8Array | string
  /** Present at depth `content`. */
  pieces?: readonly Piece[]
  /** Replaces earlier usage. */
  usage?: Usage
  finish?: Finish
  /** The first image, recording, film or file in it, which no guard reads. Present at depth `content`. */
  media?: { param: string; kind: Media['kind'] }
  /** The model as the provider names it, when it does. */
  upstreamModel?: string
  /** An error inside a 200 stream. */
  fault?: UpstreamFault
  /** Does it carry the first or a further piece of the answer itself (not a ping, not a role)? For time to first token. */
  hasOutput: boolean
  /** The upstream asks the client something and waits for it (sampling, elicitation): such a piece is never held back. */
  asksClient?: true
  /** Characters of output in this piece, for an estimate when the provider tells no usage. */
  outputLength: number
  /** The dialect's terminal event: the record is journaled before it goes out. */
  isTerminal: boolean
  /** The bytes again with spans of `pieces` replaced. Present with `pieces`. */
  edit?(edits: readonly Edit[]): ReplyPiece
}

/** A path that a room answers. The server matches exact paths first, then prefixes. */
export interface Door {
  method: 'GET' | 'POST' | 'DELETE'
  /** `/v1/chat/completions`, or with a trailing `*` for the rest of the path. */
  path: string
  /** Several doors on one path are told apart by what the client sends; the first that accepts wins. */
  accepts?(request: Request): boolean
  /** Where this dialect carries the Gatehouse key. */
  credential(request: Request): string | undefined
  /** Never throws; refusals are worded in the dialect. */
  handle(call: DoorCall): Promise<Response>
  /** A refusal before or instead of `handle`. */
  refuse(error: GatewayError, exchange?: string): Response
}

/** What the server hands to a door. */
export interface DoorCall {
  request: Request
  path: string
  /** The caller's address after trusted proxies, and whether it is this machine. */
  peer: Peer
  /** Milliseconds on the monotonic clock when the request's headers were read. */
  startedAt: number
  /**
   * The whole body as bytes; its memory counts as this key's.
   * @throws GatewayError `request-too-large`, `request-too-slow`, `overloaded`, `client-gone`
   */
  body(key: string): Promise<Uint8Array>
  /** Counts what the call needs in memory besides its body, until it is answered. @throws GatewayError `overloaded` */
  take(bytes: number): void
  /** The response is a stream. To be called before `handle` returns; what it returns, when the last byte was handed over. */
  streamed(): () => void
}

export interface Peer {
  address: string
  isLoopback: boolean
}

/** What the gate is to a room. */
export interface Gate {
  /**
   * Who calls, and are they let in at all? Cheap; a room asks before it reads a body.
   * @throws GatewayError `no-key`, `bad-key`, `expired-key`, `draining`
   */
  identify(
    credential: string | undefined,
    call: { peer: Peer; headers: Headers /** How the endpoint wants the key, for the refusal. */; sendAs?: string },
  ): Caller
  /**
   * Counts a call from before its body is read: a room asks for it where there is a body, hands it to `open`, and gives it back when that does not
   * come about.
   * @throws GatewayError `too-many-concurrent`
   */
  enter(caller: Caller): Place
  /**
   * One governed operation from open to close. Resolves when the first attempt that will be shown has status and headers.
   * @throws GatewayError any code; the record is already written then
   */
  open(caller: Caller, operation: Operation, call: OpenCall): Promise<Governed>
  /** May the caller use this resource? For lists; no record. */
  mayUse(caller: Caller, resource: { kind: Operation['resource']['kind']; name: string }): boolean
  /** A refusal that came before there was an operation (a body that is no JSON): counted, and recorded once a key is known. */
  refused(error: GatewayError, what: { caller?: Caller; dialect: string; kind: Operation['kind']; bytes?: number; startedAt: number }): string
}

/** One of the calls that may run at once. */
export interface Place {
  /** Idempotent. */
  leave(): void
}

/** An identified caller: the subject and what the gate knows about its key. Opaque to rooms beyond `subject`. */
export interface Caller {
  readonly subject: Subject
}

export interface OpenCall {
  startedAt: number
  /** Aborts when the client leaves. */
  clientGone: AbortSignal
  headers: Headers
  peer: Peer
  /** From `Gate.enter`; the gate gives it back from now on. */
  place?: Place
  /** What the client's own agent calls its session: the run, where the client names none (`x-gatehouse-run`). */
  session?: string
}

/** The governed answer: what a door turns into bytes on the wire. */
export interface Governed {
  readonly exchange: string
  readonly status: number
  /** The reply's headers and ours (`x-gatehouse-*`). */
  readonly headers: readonly (readonly [string, string])[]
  readonly isStream: boolean
  /**
   * Bytes for the client; undefined at the end, by when the record is journaled.
   * @throws GatewayError when the stream fails or is refused midway; the record is journaled, the door words it
   */
  next(): Promise<Uint8Array | string | undefined>
  /** The client left. Idempotent, never rejects. */
  cancel(): void
}
