// What a dialect reads out of one JSON text of an answer, and the parts of a dialect that the readers of this
// folder are given.

import type { GatewayError } from '../../contract/errors.ts'
import type { UpstreamFault } from '../../contract/response.ts'
import type { Finish, Usage } from '../../contract/usage.ts'
import type { JsonDocument, JsonSpan } from '../../kit/json-spans.ts'
import type { Slot } from './slot.ts'
import type { WrittenRefusal } from './refusal.ts'
import type { FormTable } from './fields/tree.ts'

/** What one JSON text says: a whole answer, or the data of one event of a stream. */
export interface ResponseFacts {
  document: JsonDocument
  groups: readonly SlotGroup[]
  usage?: Usage
  finish?: Finish
  fault?: UpstreamFault
  upstreamModel?: string
  /** A usage and nothing else, which the client sees only if it asked for it. */
  isUsageOnly?: boolean
  /** The event that ends the stream (`message_stop`). */
  isTerminal?: boolean
}

/**
 * Channels that end together: a choice of OpenAI's, a content block of Anthropic's, an output item of
 * Responses'.
 */
export interface SlotGroup {
  /** Tells groups of one stream apart; events of the same group carry the same index. */
  index: number
  slots: Slot[]
  /** The channels of this group are complete behind this event. */
  isOver: boolean
  /**
   * Spans that repeat the text in another form (logprobs, reasoning details): written over with `blank` when
   * an edit touches the group. Tokens that may come in another event than their text are a slot as well
   * (`tokenSlot`), or guards would not see them put together.
   */
  repeats: { span: JsonSpan; blank: string }[]
}

/** What the readers need to know of a dialect. One constant object per dialect. */
export interface ResponseDialect {
  /** For people, with its article: `an OpenAI chat answer`. */
  title: string
  /**
   * Reads a whole answer, or the data of one event.
   * @param eventName the SSE event's name, if it has one
   * @throws GatewayError `upstream-garbage`
   */
  read(data: Uint8Array, eventName?: string): ResponseFacts
  /**
   * The dialect for one stream, where an event's facts depend on those before (counts that are told in two
   * events).
   */
  forStream?(): ResponseDialect
  /** Is this data, which need not be JSON, the end of a stream (`[DONE]`)? */
  isEnd(data: Uint8Array): boolean
  /**
   * The whole data of that end. Whatever a provider writes behind it on its line was read by nobody, and does
   * not go on.
   */
  endData?: string
  /**
   * Is a stream that ends here without its terminal event complete all the same? Asked of each event; once
   * true, always true.
   */
  completes(facts: ResponseFacts): boolean
  /**
   * Does an end that no finish came before mean that the stream was cut? Absent: some vendors leave the
   * finish out.
   */
  needsFinish?: boolean
  /**
   * Does a finish of `error` say in the dialect's own words that the answer failed? Absent: its clients take
   * it for an end, and get an error.
   */
  hasFailureFinish?: boolean
  /** Makes what a server wrote otherwise regular, before anything reads it. */
  repair?: Repair
  /** What is missing that every whole answer has (`no "choices"`); undefined: it is one. */
  missing(facts: ResponseFacts): string | undefined
  /**
   * Is an error event's data worded so that the dialect's SDKs raise? Else it is said again by `rewriteError` or
   * `writeBrokenStream`.
   */
  isSdkError(data: Uint8Array): boolean
  /**
   * An error in the dialect's own words, as event(s) for which its SDKs raise; undefined: the words are
   * others.
   */
  rewriteError?(data: Uint8Array): string | undefined
  writeError(error: GatewayError, exchange?: string): WrittenRefusal
  /** Event(s) that tell a client of this dialect that the stream failed. */
  writeBrokenStream(error: GatewayError): string
  meter: MeterNeedles
  /** The fields of its responses, events and errors: what guards need not read of them. */
  forms: FormTable
}

/**
 * Values of another type than the dialect's, calls that share an index. Of a stream it remembers what came
 * before.
 */
export interface Repair {
  /** An event has shown that every further one must be read. */
  readonly isNeeded: boolean
  /** @returns the data as it should be; undefined: it is */
  fix(data: Uint8Array): Uint8Array | undefined
}

/**
 * What lets depth `meter` pass an event through without parsing it. Inside of a JSON string every quote is
 * escaped, so that `"usage":` with its quotes can only be a key.
 */
export interface MeterNeedles {
  /** An event without this text is parsed: `"choices":`, `"content_block_delta"`. */
  usual: string
  /**
   * An event that has one of these keys, quotes and colon included, with a value other than null is parsed.
   */
  telling: readonly string[]
  /**
   * Keys whose string values are output; the first that is not empty is measured. A list as value is parsed.
   */
  output: readonly string[]
}
