// The code that both readers of a stream share: its state so far, and what an event's facts mean for the
// client.

import type { ResponsePiece, UpstreamFault } from '../../contract/response.ts'
import type { Trail } from '../../contract/upstream.ts'
import { GatewayError } from '../../contract/errors.ts'
import { readEvent, replaceData } from '../../kit/sse.ts'
import type { ServerEvent } from '../../kit/sse.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { responseTree } from './fields/tree.ts'
import type { FieldNode } from './fields/tree.ts'
import { StreamMemory } from './fields/walk.ts'
import { garbageError } from './response-json.ts'
import type { ResponseDialect, ResponseFacts } from './facts.ts'
import { latin1Of } from '../../kit/bytes-text.ts'

export interface BatchReader {
  /** Turns whole events into pieces, in order. @throws GatewayError `upstream-garbage` */
  read(batch: EventBatch, out: ResponsePiece[]): void
}

export class StreamState {
  /** The gateway requested the usage event. The client did not. */
  readonly swallowsUsage: boolean
  readonly dialect: ResponseDialect
  /** The terminal event has arrived. */
  isDone = false
  /** The stream may end here. Some vendors omit the terminal event. */
  isComplete = false
  /** Part of the response has arrived. */
  hasOutput = false
  /**
   * A finish reported that the response failed. This is reported at the end, because the usage may still
   * arrive.
   */
  failure: UpstreamFault | undefined
  /** Identifiers of this stream that guards have already read. Most events repeat them. */
  readonly seen = new StreamMemory()
  readonly fields: FieldNode
  private isFirst = true
  private upstreamModel: string | undefined

  /** Follows its texts. */
  readonly trail: Trail | undefined

  constructor(dialect: ResponseDialect, swallowsUsage: boolean, trail?: Trail) {
    this.trail = trail
    this.dialect = dialect.forStream?.() ?? dialect
    this.swallowsUsage = swallowsUsage
    this.fields = responseTree(dialect.forms)
  }

  takeFirst(): boolean {
    const { isFirst } = this
    this.isFirst = false
    return isFirst
  }

  /** Does the provider name the model for the first time? */
  tellsModel(model: string | undefined): boolean {
    if (model === undefined || this.upstreamModel !== undefined) return false
    this.upstreamModel = model
    return true
  }
}

/**
 * A piece with all facts of an event except its output. @throws GatewayError `upstream-cut` for an end after
 * no output
 */
export function pieceOfFacts(state: StreamState, facts: ResponseFacts, raw: Uint8Array): ResponsePiece {
  if (state.dialect.completes(facts)) state.isComplete = true
  if (facts.finish?.unified === 'error' && !facts.fault) state.failure ??= faultOfFinish(facts.finish.raw)
  const piece = facts.isTerminal
    ? endPiece(state, raw)
    : plainPiece(state.swallowsUsage && facts.isUsageOnly ? '' : raw)
  copyFacts(facts, piece)
  if (!state.tellsModel(facts.upstreamModel)) delete piece.upstreamModel
  return piece
}

/**
 * The piece that ends the stream for the client: the provider's own end, or an error if the response failed.
 * @throws GatewayError `upstream-cut` for an end after no output: even an empty response has a finish
 */
export function endPiece(state: StreamState, raw: Uint8Array | string): ResponsePiece {
  const { dialect, failure } = state
  if (!state.isComplete && (dialect.needsFinish || !state.hasOutput)) throw cutError()
  state.isDone = true
  const isSdkError = failure === undefined || dialect.hasFailureFinish === true
  const piece = {
    ...plainPiece(isSdkError ? raw : dialect.writeBrokenStream(failureError(failure))),
    isTerminal: true,
  }
  return failure ? { ...piece, fault: failure } : piece
}

/** The fault of a finish reason that reports a failed response (`error`, `MALFORMED_FUNCTION_CALL`). */
export function faultOfFinish(raw: string): UpstreamFault {
  return { status: 502, kind: 'server', isUnbilled: false, ...(/^\w{1,64}$/.test(raw) ? { code: raw } : {}) }
}

export const cutError = (): GatewayError =>
  new GatewayError('upstream-cut', 'The provider ended its stream before the response was complete.')

/** The error for a response that failed by its finish, for clients whose dialect has no such finish. */
export const failureError = ({ code }: UpstreamFault): GatewayError =>
  new GatewayError(
    'upstream-error',
    `The provider could not complete the response${code === undefined ? '' : ` (it ended with "${code}")`}.`,
  )

/** A piece of bytes without facts. */
export function plainPiece(bytes: Uint8Array | string): ResponsePiece {
  return { bytes, hasOutput: false, outputLength: 0, isTerminal: false }
}

export function copyFacts(
  {
    usage,
    finish,
    fault,
    upstreamModel,
  }: Pick<ResponsePiece, 'usage' | 'finish' | 'fault' | 'upstreamModel'>,
  piece: ResponsePiece,
): void {
  if (usage !== undefined) piece.usage = usage
  if (finish !== undefined) piece.finish = finish
  if (fault !== undefined) piece.fault = fault
  if (upstreamModel !== undefined) piece.upstreamModel = upstreamModel
}

/**
 * Reads the next raw event and repairs it.
 * @throws GatewayError `upstream-garbage` when the data does not begin like an event stream (for example, an
 * HTML page with the wrong content type)
 */
export function readNext(state: StreamState, given: Uint8Array): { event: ServerEvent; raw: Uint8Array } {
  const isFirst = state.takeFirst()
  if (isFirst && !firstBytes.test(latin1Of(given.subarray(0, 16))))
    throw garbageError(state.dialect.title, 'no event stream')
  const event = readEvent(given, isFirst)
  const fixed = event.data && state.dialect.repair?.fix(event.data)
  if (!fixed) return { event, raw: given }
  const raw = replaceData(given, event, fixed)
  return { event: readEvent(raw, isFirst), raw }
}

/** A comment, a blank line or a field, optionally after a byte order mark. */
const firstBytes = /^(?:\xef\xbb\xbf)?(?:[:\r\n]|(?:data|event|id|retry)(?:[:\r\n]|$))/

/**
 * Rewrites an error that is not in the dialect's form (`{"object":"error"}`) in the form that its SDKs
 * understand.
 */
export function rewordFault(
  { dialect }: StreamState,
  piece: ResponsePiece,
  event: ServerEvent,
): ResponsePiece {
  if (event.data !== undefined && dialect.isSdkError(event.data)) return piece
  const heard = event.data === undefined ? undefined : dialect.rewriteError?.(event.data)
  if (heard !== undefined) return { ...piece, bytes: heard }
  return {
    ...piece,
    bytes: dialect.writeBrokenStream(
      new GatewayError(
        'upstream-error',
        `The provider stopped with an error (${piece.fault?.kind ?? 'server'}).`,
      ),
    ),
  }
}
