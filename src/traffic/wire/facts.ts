// The facts that a dialect reads from one JSON text of a response, and the parts of a dialect that the
// readers in this folder use.

import type { GatewayError } from '../../contract/errors.ts'
import type { UpstreamFault } from '../../contract/response.ts'
import type { Finish, Usage } from '../../contract/usage.ts'
import type { JsonDocument, JsonSpan } from '../../kit/json-spans.ts'
import type { Slot } from './slot.ts'
import type { WrittenRefusal } from './refusal.ts'
import type { FormTable } from './fields/tree.ts'

/** The facts of one JSON text: a whole response, or the data of one event of a stream. */
export interface ResponseFacts {
  document: JsonDocument
  groups: readonly SlotGroup[]
  usage?: Usage
  finish?: Finish
  fault?: UpstreamFault
  upstreamModel?: string
  /** The event holds only a usage. The client sees it only if it requested it. */
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
  /** The channels of this group are complete after this event. */
  isOver: boolean
  /**
   * Spans that repeat the text in another form (logprobs, reasoning details). They are overwritten with
   * `blank` when an edit touches the group. Tokens may come in another event than their text, so they are
   * also a slot (`tokenSlot`). Otherwise guards would not see them joined.
   */
  repeats: { span: JsonSpan; blank: string }[]
}

/** What the readers need to know about a dialect. One constant object per dialect. */
export interface ResponseDialect {
  /** For error messages, with its article: `an OpenAI chat answer`. */
  title: string
  /**
   * Reads a whole response, or the data of one event.
   * @param eventName the SSE event's name, if it has one
   * @throws GatewayError `upstream-garbage`
   */
  read(data: Uint8Array, eventName?: string): ResponseFacts
  /**
   * The dialect for one stream, if an event's facts depend on earlier events (counts that are reported in two
   * events).
   */
  forStream?(): ResponseDialect
  /** Is this data, which need not be JSON, the end of a stream (`[DONE]`)? */
  isEnd(data: Uint8Array): boolean
  /** The complete data of that end. Any text after it on the line was not inspected and is dropped. */
  endData?: string
  /**
   * Is a stream complete if it ends here without its terminal event? Called for each event. Once true, it
   * stays true.
   */
  completes(facts: ResponseFacts): boolean
  /**
   * Does an end without an earlier finish mean that the stream was cut? Absent means no, because some vendors
   * omit the finish.
   */
  needsFinish?: boolean
  /**
   * Does a finish of `error` mean in this dialect that the response failed? Absent means no: clients would
   * take it for a normal end, so they get an error.
   */
  hasFailureFinish?: boolean
  /** Repairs deviations of servers before any other code reads the data. */
  repair?: Repair
  /** The missing member that every whole response has (`no "choices"`). Undefined if nothing is missing. */
  missing(facts: ResponseFacts): string | undefined
  /**
   * Does the form of an error event's data make the dialect's SDKs raise? If not, `rewriteError` or
   * `writeBrokenStream` writes it again.
   */
  isSdkError(data: Uint8Array): boolean
  /**
   * The error as event(s) for which the dialect's SDKs raise. Undefined if the data is not an error in a form
   * of this dialect.
   */
  rewriteError?(data: Uint8Array): string | undefined
  writeError(error: GatewayError, exchange?: string): WrittenRefusal
  /** Event(s) that report to a client of this dialect that the stream failed. */
  writeBrokenStream(error: GatewayError): string
  meter: MeterNeedles
  /** The fields of its responses, events and errors whose values guards need not read. */
  forms: FormTable
}

/**
 * Repairs values of the wrong type and calls that share an index. For a stream, it remembers earlier events.
 */
export interface Repair {
  /** An event has shown that all later events must be read. */
  readonly isNeeded: boolean
  /** @returns the repaired data. Undefined if no repair is needed */
  fix(data: Uint8Array): Uint8Array | undefined
}

/**
 * The texts that let depth `meter` pass an event through without parsing it. Quotes inside of a JSON string
 * are escaped, so `"usage":` with its quotes can only be a key.
 */
export interface MeterNeedles {
  /** Events without this text are parsed: `"choices":`, `"content_block_delta"`. */
  usual: string
  /**
   * An event is parsed if it has one of these keys with a value other than null. Keys include quotes and
   * colon.
   */
  telling: readonly string[]
  /**
   * Keys whose string values are output. The first value that is not empty is measured. An event with a list
   * as value is parsed.
   */
  output: readonly string[]
}
