// What a model answers, in no vendor's words: events, whether the answer came whole or as a stream.
//
// Order. `start` is first, exactly once. Each block has a `-start`, any number of `-delta`s and one `-end`,
// named by `id`, which is unique within the answer; blocks of different ids may interleave (parallel tool
// calls), and belong to a `choice` (0, unless several answers were asked for). Nothing of a choice comes
// behind its `finish`. `usage` may come any time and replaces the one before; the final one comes before
// `end`. `end` is last, exactly once, and only of an answer that is complete: one that was cut throws
// `upstream-cut` instead. `error` may stand in the place of `end`: the provider broke off with an error of
// its own. A decoder may hold an event back to keep this order (a finish that comes before the usage), but
// never output.

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
  /** A block without deltas is redacted or encrypted: `signature` is all that there is. */
  | { kind: 'reasoning-end'; choice: number; id: string; signature?: Native }
  | { kind: 'refusal-start'; choice: number; id: string }
  | { kind: 'refusal-delta'; choice: number; id: string; text: string }
  | { kind: 'refusal-end'; choice: number; id: string }
  /**
   * `callId` is what the result will name; a decoder of a dialect without ids makes one with `context.newId`.
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
   * A fragment of the input: of JSON text (function) or of free text (custom). All fragments together are the
   * input; none: `{}` or nothing.
   */
  | { kind: 'tool-call-delta'; choice: number; id: string; text: string }
  | { kind: 'tool-call-end'; choice: number; id: string; signature?: Native }
  /** `block`: the text block that it stands in. */
  | { kind: 'citation'; choice: number; block: string; citation: Citation }
  /** Of the tokens that the last delta(s) of `block` brought, in order. */
  | { kind: 'logprobs'; choice: number; block: string; tokens: readonly TokenLogprob[] }
  /** An image, file or recording that the model made, whole. */
  | {
      kind: 'media'
      choice: number
      id: string
      block: MediaBlock /** What a recording says. */
      transcript?: string /** To refer to it later. */
      handle?: string
    }
  /**
   * Something without neutral form (a server tool's call, a search result): only an encoder of the same
   * dialect shows it, else it is a loss.
   */
  | { kind: 'native'; choice: number; native: Native }
  | { kind: 'usage'; usage: Usage }
  /** `stopSequence`: the text that matched, where told. */
  | { kind: 'finish'; choice: number; finish: Finish; stopSequence?: string }
  /** A sign of life. */
  | { kind: 'ping' }
  | { kind: 'error'; error: ProviderError }
  | { kind: 'end' }

export interface ResponseStart {
  kind: 'start'
  /** The provider's id of the answer. */
  id?: string
  /** The model as the provider names it. */
  model?: string
  /** Seconds since the epoch. */
  createdAt?: number
  /** The tier that served it, the vendor's word. */
  serviceTier?: string
  /**
   * Counts that are known before the answer (Anthropic's `message_start`): for encoders whose dialect tells
   * them there. Provisional.
   */
  usage?: Usage
}

export interface TokenLogprob {
  token: string
  logprob: number
  /** UTF-8 of the token, where told: tokens may be parts of characters. */
  bytes?: readonly number[]
  top: readonly Omit<TokenLogprob, 'top'>[]
}

/** A provider's error, in an error answer or inside of a stream. */
export interface ProviderError {
  /** What gate, breaker and record go by; `status` is the provider's own. */
  fault: UpstreamFault
  /** For the client only, who may know it from the provider itself; never for logs. */
  message: string
  /** The request's field at fault, in the provider's words. */
  param?: string
}
