// The response of a model in the canonical form: events, for whole responses as well as streams.
//
// Order: `start` comes first, exactly once. Each block has a `-start`, any number of `-delta`s and one `-end`
// with the same `id`, which is unique within the response. Blocks of different ids may interleave (parallel
// tool calls). Each belongs to a `choice` (0, unless the request asked for several). No event of a choice
// comes after its `finish`. `usage` may come at any time and replaces the one before; the final one comes
// before `end`. `end` comes last, exactly once, and only when the response is complete: a response that was
// cut throws `upstream-cut` instead. `error` may replace `end`: the provider broke off with its own error. A
// decoder may hold an event back to keep this order (a finish that comes before the usage), but never output.

import type { UpstreamFault } from '../../../contract/response.ts'
import type { Finish, Usage } from '../../../contract/usage.ts'
import type { Citation, MediaBlock, Native } from './request.ts'

export type ResponseEvent =
  | ResponseStart
  | { kind: 'text-start'; choice: number; id: string }
  | { kind: 'text-delta'; choice: number; id: string; text: string }
  | { kind: 'text-end'; choice: number; id: string; signature?: Native }
  | { kind: 'reasoning-start'; choice: number; id: string; isSummary?: boolean }
  | { kind: 'reasoning-delta'; choice: number; id: string; text: string }
  /** A block without deltas is redacted or encrypted and has a `signature` only. */
  | { kind: 'reasoning-end'; choice: number; id: string; signature?: Native }
  | { kind: 'refusal-start'; choice: number; id: string }
  | { kind: 'refusal-delta'; choice: number; id: string; text: string }
  | { kind: 'refusal-end'; choice: number; id: string }
  /**
   * The result will name `callId`. In a dialect without ids, the decoder creates one with `context.newId`.
   */
  | {
      kind: 'tool-call-start'
      choice: number
      id: string
      callId: string
      name: string
      tool: 'function' | 'custom'
    }
  /**
   * A fragment of the input, which is JSON text (function) or free text (custom). A call without fragments
   * has the input `{}` or an empty text.
   */
  | { kind: 'tool-call-delta'; choice: number; id: string; text: string }
  | { kind: 'tool-call-end'; choice: number; id: string; signature?: Native }
  /** `block`: the id of the text block that it belongs to. */
  | { kind: 'citation'; choice: number; block: string; citation: Citation }
  /** The log-probabilities of the tokens of the last delta(s) of `block`, in order. */
  | { kind: 'logprobs'; choice: number; block: string; tokens: readonly TokenLogprob[] }
  /** A complete image, file or recording of the model. */
  | {
      kind: 'media'
      choice: number
      id: string
      block: MediaBlock /** The text of a recording. */
      transcript?: string /** A later request can refer to it by this id. */
      handle?: string
    }
  /**
   * A block without a neutral form (a server tool's call, a search result). An encoder of the same dialect
   * writes it; for all others it is a loss.
   */
  | { kind: 'native'; choice: number; native: Native }
  | { kind: 'usage'; usage: Usage }
  /** `stopSequence`: the text that matched, where the provider reports it. */
  | { kind: 'finish'; choice: number; finish: Finish; stopSequence?: string }
  /** A sign of life. */
  | { kind: 'ping' }
  | { kind: 'error'; error: ProviderError }
  | { kind: 'end' }

export interface ResponseStart {
  kind: 'start'
  /** The provider's id of the response. */
  id?: string
  /** The model as the provider names it. */
  model?: string
  /** Seconds since the epoch. */
  createdAt?: number
  /** The tier that served it, in the vendor's spelling. */
  serviceTier?: string
  /**
   * Provisional counts that are known before the output (Anthropic's `message_start`), for encoders whose
   * dialect reports them there.
   */
  usage?: Usage
}

export interface TokenLogprob {
  token: string
  logprob: number
  /** UTF-8 of the token, if the provider reports it. A token may be a part of a character. */
  bytes?: readonly number[]
  top: readonly Omit<TokenLogprob, 'top'>[]
}

/** A provider's error, from an error response or inside of a stream. */
export interface ProviderError {
  /** Gate, breaker and record use it. `status` is the provider's own. */
  fault: UpstreamFault
  /** For the client only, never for logs. */
  message: string
  /** The request's field at fault, as the provider names it. */
  param?: string
}
