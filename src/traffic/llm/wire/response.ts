// A provider's response as the gate pulls it: an error, a whole response (a stream of one piece), or an event
// stream.

import { GatewayError } from '../../../contract/errors.ts'
import type { Attempt } from '../../../contract/attempt.ts'
import type { AttemptResponse, ResponsePiece, UpstreamFault } from '../../../contract/response.ts'
import type { ByteSource, SideFacts, ChunkFacts, UpstreamResponse } from '../../../contract/upstream.ts'
import {
  beginningOf,
  collect,
  isJsonType,
  oneChunk,
  peek,
  typeOf,
  wholeOf,
} from '../../wire/response-form.ts'
import type { Provider } from '../provider.ts'
import { garbageError, scanLongResponse } from '../../wire/response-json.ts'
import { scanSlice } from '../../../kit/json-slices.ts'
import { runAtOnce, runInSlices } from '../../../kit/steps.ts'
import type { Pause } from '../../../kit/steps.ts'
import { copyFacts, failureError, faultOfFinish } from '../../wire/event.ts'
import type { ResponseDialect, ResponseFacts } from '../../wire/facts.ts'
import { readErrorBody, unlistedBytes } from './error-body.ts'
import { usualStatus } from './failures.ts'
import { faultOfResponse } from './faults.ts'
import { errorPiece, onePiece, wholePiece } from '../../wire/one-piece.ts'
import { outputLengthOf } from '../../wire/slot.ts'
import { responseHeaders, upstreamIdOf } from './response-headers.ts'
import { streamResponse } from '../../wire/stream-response.ts'
import { SideFactsOverlay } from '../../wire/side-facts.ts'
import { errorBytes, wholeBytes } from '../../wire/response-limits.ts'

export interface ResponseOptions {
  dialect: ResponseDialect
  provider: Provider
  depth: Attempt['depth']
  /** The form that the caller requested. */
  isStreaming: boolean
  /** The gateway requested the usage event, so the client must not see it. */
  swallowsUsage: boolean
  /** ms since the epoch, for a `retry-after` that is a date. */
  now?: number
  /** Lets other calls continue while a long response is read. If absent, the response is read at once. */
  pause?: Pause
  /** Converts a response between whole and stream, if the provider sent the other form than requested. */
  reform?: (response: UpstreamResponse) => Promise<UpstreamResponse> | undefined
}

/** Rejects with GatewayError `upstream-*`. */
export function readResponse(response: UpstreamResponse, options: ResponseOptions): Promise<AttemptResponse> {
  if (response.status < 200 || response.status > 299) return readErrorResponse(response, options)
  return options.isStreaming
    ? readStream(response, options)
    : readWhole(response, response.bytes(wholeBytes), options)
}

async function readStream(response: UpstreamResponse, options: ResponseOptions): Promise<AttemptResponse> {
  if (response.sideFacts || !isJsonType(typeOf(response)))
    return streamOfEvents(response, response.body, options)
  const { beginning, source } = await peek(response.body)
  return beginning === 'events'
    ? streamOfEvents(response, source, options)
    : readWhole(response, collect(source), options)
}

/**
 * A response may be labeled as an event stream and be something else. Its first bytes show this, but status
 * and headers may already be sent by then. Such a response is written as an event stream.
 */
function streamOfEvents(
  response: UpstreamResponse,
  source: ByteSource,
  options: ResponseOptions,
): AttemptResponse {
  const { dialect, depth, swallowsUsage } = options
  const { sideFacts } = response
  const events = sideFacts
    ? source
    : eventsOf(source, { title: dialect.title, reform: (whole) => reformed(response, whole, options) })
  return streamResponse(common(response, 'text/event-stream; charset=utf-8'), events, {
    dialect,
    depth,
    swallowsUsage,
    sideFacts,
    trail: response.trail,
    memory: response.memory,
  })
}

function eventsOf(
  source: ByteSource,
  { title, reform }: { title: string; reform(source: ByteSource): Promise<ByteSource> },
): ByteSource {
  let from: ByteSource | undefined
  async function begin(): Promise<Uint8Array | undefined> {
    const { beginning, source: peeked } = await peek(source)
    if (beginning === 'other') throw garbageError(title, 'no event stream')
    from = beginning === 'whole' ? await reform(peeked) : peeked
    return from.next()
  }
  return {
    next: () => from?.next() ?? begin(),
    cancel: () => (from ?? source).cancel(),
  }
}

async function reformed(
  response: UpstreamResponse,
  body: ByteSource,
  { reform, dialect }: ResponseOptions,
): Promise<ByteSource> {
  const bytes = await collect(body)
  const made = await reform?.(wholeOf(response, bytes))
  if (!made) throw garbageError(dialect.title, 'no event stream')
  return made.body
}

async function readWhole(
  response: UpstreamResponse,
  arriving: Promise<Uint8Array>,
  options: ResponseOptions,
): Promise<AttemptResponse> {
  const given = await arriving
  const { dialect, depth, reform } = options
  const { sideFacts } = response
  if (sideFacts?.chunk && depth === 'meter' && !options.isStreaming)
    return reportedResponse(response, given, sideFacts, sideFacts.chunk)
  const isEvents = !sideFacts && beginningOf(given) === 'events'
  if (isEvents && reform) {
    const made = await reform(wholeOf(response, given))
    if (made) return readResponse(made, options)
  }
  const bytes = dialect.repair?.fix(given) ?? given
  const pause = bytes.length > scanSlice ? options.pause : undefined
  if (pause) await scanLongResponse(bytes, dialect.title, pause)
  const facts = dialect.read(bytes)
  // A translation knows whether it was a fault (side-facts.ts).
  const fault = sideFacts && !sideFacts.fault ? undefined : (facts.fault ?? faultOfFailure(facts))
  if (fault && (facts.groups.length === 0 || (!facts.fault && !dialect.hasFailureFinish)))
    return failedResponse(response, { bytes, facts, fault }, options)
  if (options.isStreaming) return streamOfEvents(response, oneChunk(given), options)
  const missing = fault ? undefined : dialect.missing(facts)
  if (missing !== undefined) throw garbageError(dialect.title, missing)
  const reading = wholePiece(bytes, facts, depth, dialect)
  const piece = pause ? await runInSlices(reading, pause) : runAtOnce(reading)
  if (fault) piece.fault = fault
  if (sideFacts) new SideFactsOverlay(sideFacts).amend([piece])
  return { ...common(response, json), ...onePiece(piece) }
}

const faultOfFailure = ({ finish }: ResponseFacts): UpstreamFault | undefined =>
  finish?.unified === 'error' ? faultOfFinish(finish.raw) : undefined

/**
 * A failure with status 200. The client's SDK needs a status that makes it raise. Usage that the provider
 * reported is still paid.
 */
function failedResponse(
  response: UpstreamResponse,
  { bytes, facts, fault }: { bytes: Uint8Array; facts: ResponseFacts; fault: UpstreamFault },
  { dialect, depth }: Pick<ResponseOptions, 'dialect' | 'depth'>,
): AttemptResponse {
  // `status: failed` with `error: null` is not enough for an SDK error.
  const isSdkError = facts.fault !== undefined && facts.document.members.get('error')?.kind !== 'null'
  const piece = isSdkError
    ? errorPiece(unlistedBytes(bytes), depth, dialect)
    : ourPiece(dialect.writeError(failureError(fault)).body)
  piece.outputLength = facts.groups.reduce((sum, { slots }) => sum + outputLengthOf(slots), 0)
  copyFacts(facts, piece)
  piece.fault = fault
  if (response.sideFacts) new SideFactsOverlay(response.sideFacts).amend([piece])
  // If there are counts, the piece must be read before the attempt is settled.
  return {
    ...common(response, json),
    ...onePiece(piece),
    status: shownStatus(fault),
    ...(piece.usage === undefined && { fault }),
  }
}

/** A piece with an error that the gateway wrote. */
const ourPiece = (bytes: string): ResponsePiece => ({
  bytes,
  hasOutput: false,
  outputLength: 0,
  isTerminal: true,
})

/** Text that the gateway itself wrote need not be read again. */
function reportedResponse(
  response: UpstreamResponse,
  bytes: Uint8Array,
  sideFacts: SideFacts,
  { outputLength }: ChunkFacts,
): AttemptResponse {
  const piece: ResponsePiece = { bytes, hasOutput: outputLength > 0, outputLength, isTerminal: true }
  copyFacts(sideFacts, piece)
  return { ...common(response, json), ...onePiece(piece) }
}

async function readErrorResponse(
  response: UpstreamResponse,
  { dialect, provider, depth, now }: ResponseOptions,
): Promise<AttemptResponse> {
  const bytes = await response.bytes(errorBytes)
  const body = readErrorBody(bytes)
  // A redirect is not a response to a POST. The gateway never follows redirects, because they could lead
  // anywhere.
  const status = response.status < 400 ? 502 : response.status
  const fault =
    response.sideFacts?.fault ?? faultOfResponse(status, response.headers, body, provider.departures, now)
  const isOurKey = fault.kind === 'credential' && fault.status !== 403
  const reworded = isOurKey
    ? credentialRefused(provider, fault.status)
    : body.isPage
      ? noJson(provider, response.status, fault.status)
      : undefined
  return {
    ...common(response, json),
    ...onePiece(
      reworded === undefined
        ? errorPiece(unlistedBytes(bytes), depth, dialect)
        : ourPiece(dialect.writeError(reworded).body),
    ),
    // A translation has chosen the status that its dialect's SDKs expect.
    status: isOurKey ? 502 : response.sideFacts ? response.status : shownStatus(fault),
    fault,
  }
}

/** Some vendors refuse an empty account like a wrong key. The caller would suspect its own key. */
function shownStatus({ status, kind }: UpstreamFault): number {
  const isAboutKeys = status === 401 || (status === 403 && (kind === 'quota' || kind === 'rate-limit'))
  return isAboutKeys && kind !== 'credential' ? usualStatus[kind] : status
}

/** The vendor's own message would reveal a part of our key, and the caller would suspect its own key. */
function credentialRefused(provider: Provider, status: number): GatewayError {
  return new GatewayError(
    'upstream-credential',
    `The provider "${provider.name}" refused the credential that it was given (${status}); renew it in the configuration.`,
  )
}

function noJson(provider: Provider, said: number, status: number): GatewayError {
  return new GatewayError(
    'upstream-error',
    `The provider "${provider.name}" answered ${said} without a JSON body (passed on as ${status}).`,
  )
}

const json = 'application/json'

function common(
  { status, headers, sideFacts }: UpstreamResponse,
  contentType: string,
): Pick<AttemptResponse, 'status' | 'headers' | 'losses' | 'upstreamId'> {
  const upstreamId = upstreamIdOf(headers)
  const kept = responseHeaders(headers, contentType, status < 200 || status > 299)
  // The client's dialect needs a number even if the provider reported none.
  if (sideFacts?.usage?.isEstimated) kept.push(['x-gatehouse-estimated', 'true'])
  return {
    status,
    headers: kept,
    losses: sideFacts?.losses ?? [],
    ...(upstreamId === undefined ? {} : { upstreamId }),
  }
}
