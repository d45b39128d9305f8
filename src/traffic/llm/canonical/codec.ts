// What a dialect folder brings so that its dialect can be translated, as a client's (decodeRequest,
// encodeReply) and as a provider's (encodeRequest, decodeReply). One constant object per dialect, exported as
// `codec` from the folder's index. No state but inside of one call.
//
// Life of a translated call (translate.ts):
//   client's bytes → front.decodeRequest → GenerateRequest → back.encodeRequest → provider
//   provider's bytes → back.decodeReply → ReplyEvents → the front's encoder → client's bytes
// The operation above sees the client's dialect only: guards, money, window and record work on what the
// encoder writes.

import type { GatewayError } from '../../../contract/errors.ts'
import type { ResponseHeaders, UpstreamResponse } from '../../../contract/upstream.ts'
import type { JsonObject } from '../../../kit/json.ts'
import type { Pull } from '../../../kit/pull.ts'
import type { GenerateTable } from '../fields/table.ts'
import type { LossNotes } from '../losses/index.ts'
import type { GenerateDialect } from '../dialect.ts'
import type { Departures } from '../provider.ts'
import type { EventData } from './event-data.ts'
import type { ProviderError, ResponseEvent } from './response.ts'
import type { GenerateRequest } from './request.ts'

export interface Codec {
  readonly family: 'generate'
  readonly dialect: GenerateDialect
  readonly table: GenerateTable

  /**
   * Does a provider of this dialect take tools of free text? Absent: none does, and they reach it as
   * functions (translate/free-text.ts).
   */
  takesFreeText?(departures: Departures): boolean

  /**
   * Names of tools that providers of this dialect take; others are renamed on the way
   * (translate/tool-names.ts).
   */
  readonly toolNames: { allowed: RegExp; longest: number }

  /**
   * The client's request. Shape was checked only where the dialect's lens reads it: every other wrong type is
   * found here. First step: `dropOwnFields`, for members that the table's rows do not name, or name as
   * `lost`/`refused`.
   * @throws GatewayError `bad-request` with the path as `param` for wrong types, unknown roles or kinds of
   * blocks, tool ids that collide, results
   *   without a call; `unsupported` from notes
   */
  decodeRequest(call: IncomingCall, notes: LossNotes): DecodedRequest

  /**
   * The request as this dialect's provider takes it. First step: `fitRequest(request, dialect, context)`
   * (fit/). Everything that the table calls carried must then be in the body, and what it does not is left
   * out.
   * @throws GatewayError `unsupported` from notes; `bad-request` for values that no provider of this dialect
   * could take (arguments that are no JSON)
   */
  encodeRequest(request: GenerateRequest, context: EncodeContext): EncodedRequest

  /** Writes the response to a request. */
  encoder(seed: ResponseSeed, context: ResponseContext): ResponseEncoder

  /**
   * A successful answer (2xx), whole or a stream as its content type says, whatever was asked for. Nothing is
   * read before the first `next`. An error in the place of an answer (status 200) is an `error` event.
   */
  decodeResponse(response: UpstreamResponse, context: DecodeContext): ResponseReader

  /**
   * An error answer (any other status). Its body is read already.
   * @param departures of the provider: which errors cost nothing
   */
  decodeError(response: ErrorResponse, departures: Departures): ProviderError

  /**
   * Does the dialect have a response that says that it failed (`status: failed`)? Absent: a finish of `error`
   * is written as an error.
   */
  readonly saysFailure?: boolean

  /**
   * An error answer in this dialect, so that its SDKs raise the typed error for it and find `message`. JSON.
   */
  encodeError(error: ProviderError): { status: number; body: string }
}

export interface ErrorResponse {
  status: number
  headers: ResponseHeaders
  bytes: Uint8Array
  /** ms since the epoch, for a `retry-after` that is a date. */
  now?: number
}

export interface IncomingCall {
  /**
   * Below the base URL, as the operation would send it to a provider of the dialect: Gemini has model and
   * method in it.
   */
  path: string
  body: Uint8Array | string
  headers: readonly (readonly [string, string])[]
  isStreaming: boolean
}

export interface DecodedRequest {
  request: GenerateRequest
  responseSeed: ResponseSeed
}

/** What of a request its response depends on. Plain data: a long request is read in another thread. */
export interface ResponseSeed {
  model: string
  isStreaming: boolean
  /** The client wants the usage event of a stream. */
  wantsUsage?: boolean
  /** An estimate of the input in tokens, for a dialect that tells it before the provider does. */
  inputTokens?: number
  /** Members of the request that the response repeats. */
  echo?: JsonObject
  /** What the request called its tools, by the names that other dialects know. */
  tools?: ReadonlyMap<string, { kind: 'plain' | 'search'; name: string; namespace?: string }>
}

export interface ResponseContext {
  notes: LossNotes
  /** Seconds since the epoch, for dialects that tell it where the provider did not. */
  createdAt: number
  /** A fresh id with a prefix and random letters and digits: `newId('chatcmpl-')`. */
  newId(prefix: string): string
}

/**
 * Writes the answer. Asked for a stream (`isStreaming`), `write` gives the SSE text that the events make,
 * possibly ''. Asked for a whole, it gives '' until `end`, then the whole JSON. An `error` event in a whole
 * answer never arrives here: it became an error answer. An event that the dialect cannot say goes to
 * `notes.dropFromReply(event.kind)`; native events of another dialect too.
 */
export interface ResponseEncoder {
  write(event: ResponseEvent): string
}

export interface EncodeContext {
  notes: LossNotes
  departures: Departures
  target: {
    /** The vendor's name of the model; `request.model` says the same. */
    model: string
    /**
     * The most that the model puts out, tokens: what a dialect that needs a limit is given where the client
     * set none. Absent: unknown.
     */
    maxOutputTokens?: number
    /**
     * The most output that a budget pays for, tokens. It is in the request's own limit already; nothing may
     * raise that over it.
     */
    outputCap?: number
  }
}

export interface EncodedRequest {
  /** Below the provider's base URL, with its query. */
  path: string
  /** JSON. */
  body: string
  headers?: readonly (readonly [string, string])[]
}

export interface DecodeContext {
  /** For tool calls of dialects that have no ids. */
  newId(prefix: string): string
}

/**
 * Pulled events, at least one at a time; the last ones are `end` or `error`. Reads from the upstream only
 * until something is there: bounded by what one read brings. Its `next` throws GatewayError `upstream-cut`
 * when the stream ends without what its dialect calls complete, `upstream-garbage`, and what the body throws.
 */
export type ResponseReader = Pull<readonly ResponseEvent[]>

/** How a decoder of streams is written: bytes and SSE are canonical/event-reader.ts's. */
export interface EventDecoder {
  /**
   * One event. Appends to `out` what it means.
   * @returns true when the stream is over: nothing behind it counts
   * @throws GatewayError `upstream-garbage`
   */
  decode(data: EventData, out: ResponseEvent[]): boolean
  /**
   * The stream ended without an event that ended it. Appends what closes the answer, or returns an error when
   * it was cut.
   */
  end(out: ResponseEvent[]): GatewayError | undefined
}
