// The codec of a dialect: it translates the dialect as a client's (decodeRequest, encoder) and as a
// provider's (encodeRequest, decodeResponse). Each dialect folder exports one constant object, `codec`. State
// lives inside of one call only.
//
// Life of a translated call (translate.ts):
//   client's bytes → front.decodeRequest → GenerateRequest → back.encodeRequest → provider
//   provider's bytes → back.decodeResponse → ResponseEvents → front.encoder → client's bytes
// The operation sees the client's dialect only: guards, money, window and record work on the encoder's
// output.

import type { GatewayError } from '../../../contract/errors.ts'
import type { ResponseHeaders, UpstreamResponse } from '../../../contract/upstream.ts'
import type { JsonObject } from '../../../kit/json.ts'
import type { Pull } from '../../../kit/pull.ts'
import type { GenerateTable } from '../fields/table.ts'
import type { LossNotes } from '../losses/index.ts'
import type { GenerateDialect } from '../dialect.ts'
import type { Departures } from '../provider.ts'
import type { ProviderError, ResponseEvent } from './response.ts'
import type { GenerateRequest } from './request.ts'

export interface Codec {
  readonly family: 'generate'
  readonly dialect: GenerateDialect
  readonly table: GenerateTable

  /**
   * Does a provider of this dialect take tools of free text? Absent means that none does: such tools become
   * functions (translate/free-text.ts).
   */
  takesFreeText?(departures: Departures): boolean

  /**
   * Names of tools that providers of this dialect take. Other names are replaced (translate/tool-names.ts).
   */
  readonly toolNames: { allowed: RegExp; longest: number }

  /**
   * Reads the client's request. The lens of the dialect checks only the fields that it reads, so every other
   * wrong type is found here. First step: `dropOwnFields`, for members that the table's rows do not name, or
   * name as `lost`/`refused`.
   * @throws GatewayError `bad-request` with the path as `param` for wrong types, unknown roles or kinds of
   * blocks, tool ids that collide, results
   *   without a call; `unsupported` from notes
   */
  decodeRequest(call: IncomingCall, notes: LossNotes): DecodedRequest

  /**
   * Writes the request for a provider of this dialect. First step: `fitRequest(request, dialect, context)`
   * (fit/). The body then holds all fields that the table calls carried, and no others.
   * @throws GatewayError `unsupported` from notes; `bad-request` for values that no provider of this dialect
   * could take (arguments that are not JSON)
   */
  encodeRequest(request: GenerateRequest, context: EncodeContext): EncodedRequest

  /** Writes the response to a request. */
  encoder(seed: ResponseSeed, context: ResponseContext): ResponseEncoder

  /**
   * Reads a successful response (2xx). Its content type decides whether it is whole or a stream, not the
   * request. Nothing is read before the first `next`. An error under status 200 is an `error` event.
   */
  decodeResponse(response: UpstreamResponse, context: DecodeContext): ResponseReader

  /**
   * Reads an error response (any other status), whose body has been read.
   * @param departures of the provider: they say which errors are not billed
   */
  decodeError(response: ErrorResponse, departures: Departures): ProviderError

  /**
   * Does the dialect have a response that reports a failure (`status: failed`)? Absent means no: a finish of
   * `error` is written as an error.
   */
  readonly hasFailureFinish?: boolean

  /**
   * Writes an error response, for which the SDKs of this dialect raise their typed error with `message`.
   * JSON.
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
   * Below the base URL, as the operation would send it to a provider of the dialect. Gemini's holds model and
   * method.
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

/**
 * The parts of a request that its response depends on. Plain data, because a long request is read in another
 * thread.
 */
export interface ResponseSeed {
  model: string
  isStreaming: boolean
  /** Does the client want the usage event of a stream? */
  wantsUsage?: boolean
  /** An estimate of the input in tokens, for a dialect that reports it before the provider does. */
  inputTokens?: number
  /** Members of the request that the response repeats. */
  echo?: JsonObject
  /** The request's own names of its tools, by the names that other dialects know. */
  tools?: ReadonlyMap<string, { kind: 'plain' | 'search'; name: string; namespace?: string }>
}

export interface ResponseContext {
  notes: LossNotes
  /** Seconds since the epoch, for dialects that need it where the provider did not report it. */
  createdAt: number
  /** A fresh id with a prefix and random letters and digits: `newId('chatcmpl-')`. */
  newId(prefix: string): string
}

/**
 * Writes a response. For a stream (`isStreaming`), `write` returns the SSE text of the event, possibly ''.
 * For a whole response it returns '' until `end`, then the whole JSON; it never gets an `error` event, which
 * becomes an error response. An event that the dialect cannot express, or a native event of another dialect,
 * goes to `notes.dropFromResponse(event.kind)`.
 */
export interface ResponseEncoder {
  write(event: ResponseEvent): string
}

export interface EncodeContext {
  notes: LossNotes
  departures: Departures
  target: {
    /** The vendor's name of the model, as in `request.model`. */
    model: string
    /**
     * The most output of the model, tokens. A dialect that needs a limit gets this one when the client set
     * none. Absent means unknown.
     */
    maxOutputTokens?: number
    /**
     * The most output that a budget pays for, tokens. The request's own limit respects it already, and no
     * code may raise that limit above it.
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
 * Pulled events, at least one at a time; the last one is `end` or `error`. It reads from the upstream until
 * it has an event, so one read bounds what it holds. Its `next` throws GatewayError `upstream-cut` when the
 * stream ends before it is complete in its dialect, `upstream-garbage`, and the errors of the body.
 */
export type ResponseReader = Pull<readonly ResponseEvent[]>

/** Decodes the events of a stream. Bytes and SSE are the task of canonical/event-reader.ts. */
export interface EventDecoder {
  /**
   * Decodes one event and appends its meaning to `out`.
   * @returns true when the stream is over: later events do not count
   * @throws GatewayError `upstream-garbage`
   */
  decode(data: EventData, out: ResponseEvent[]): boolean
  /**
   * The stream ended without an event that ends it. Appends the events that close the response, or returns an
   * error when the stream was cut.
   */
  end(out: ResponseEvent[]): GatewayError | undefined
}

/**
 * The data of one event of a stream: text for decoders, which parse it, and bytes for readers that scan. Few
 * events need the bytes.
 */
export class EventData {
  readonly text: string
  private known: Uint8Array | undefined

  /** @param bytes where they are known */
  constructor(text: string, bytes?: Uint8Array) {
    this.text = text
    this.known = bytes
  }

  get bytes(): Uint8Array {
    this.known ??= Buffer.from(this.text)
    return this.known
  }
}
