// An endpoint whose requests are JSON: bytes in, a governed operation, bytes out. The dialect brings path,
// credential, operation and error messages.

import { GatewayError, asGatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { Endpoint, EndpointCall } from '../../contract/endpoint.ts'
import type { Gate, GatewayResponse, CallSlot } from '../../contract/gate.ts'
import type { Caller } from '../../contract/principal.ts'
import { scanSlice } from '../../kit/json-slices.ts'
import { turnEnd } from '../../kit/turn.ts'
import { checkLongBody } from './body.ts'
import { asResponse } from './refusal.ts'
import type { WrittenRefusal } from './refusal.ts'

export interface JsonEndpointOptions extends Pick<Endpoint, 'path' | 'accepts' | 'credential'> {
  gate: Gate
  /** How the dialect's clients send their key. Absent: as a bearer. */
  sendAs?: string
  dialect: string
  kind: Operation['kind']
  /** The header in which agents of the dialect name their session. */
  sessionHeader?: string
  /** Called for each call: the configuration may change. */
  limits(): { maxDepth: number }
  /** @throws GatewayError `bad-request` and other faults of the caller */
  operation(body: Uint8Array, call: EndpointCall, caller: Caller): Operation | Promise<Operation>
  writeError(error: GatewayError, exchange?: string): WrittenRefusal
  /** Event(s) that report to a client that its stream failed. */
  writeBrokenStream(error: GatewayError): string
}

/** A plain object, because dialects add to it. */
export function createJsonEndpoint(options: JsonEndpointOptions): Endpoint {
  const { path, accepts, credential } = options
  const endpoint = new JsonEndpoint(options)
  return {
    method: 'POST',
    path,
    ...(accepts && { accepts }),
    credential,
    refuse: (error, exchange) => endpoint.refuse(error, exchange),
    handle: (call) => endpoint.handle(call),
  }
}

class JsonEndpoint {
  readonly #options: JsonEndpointOptions

  constructor(options: JsonEndpointOptions) {
    this.#options = options
  }

  refuse(error: GatewayError, exchange?: string): Response {
    return asResponse(this.#options.writeError(error, exchange))
  }

  async handle(call: EndpointCall): Promise<Response> {
    const { gate, credential, sendAs, dialect, kind, limits } = this.#options
    const { request, peer, startedAt } = call
    const { headers, signal } = request
    let caller: Caller | undefined
    let slot: CallSlot | undefined
    let bytes: number | undefined
    let operation: Operation
    try {
      caller = gate.identify(credential(request), { peer, headers, ...(sendAs !== undefined && { sendAs }) })
      checkType(headers)
      slot = gate.enter(caller)
      const body = await call.body(caller.principal.id)
      bytes = body.length
      if (bytes > scanSlice) await checkLongBody(body, limits(), pauseOf(signal))
      const reading = this.#options.operation(body, call, caller)
      operation = reading instanceof Promise ? await reading : reading
    } catch (thrown) {
      slot?.leave()
      const error = asGatewayError(thrown)
      const what = {
        dialect,
        kind,
        startedAt,
        ...(caller && { caller }),
        ...(bytes !== undefined && { bytes }),
      }
      return this.refuse(error, gate.refused(error, what))
    }
    return this.#open(call, caller, slot, operation)
  }

  async #open(call: EndpointCall, caller: Caller, slot: CallSlot, operation: Operation): Promise<Response> {
    const { gate, sessionHeader, dialect, kind, writeBrokenStream } = this.#options
    const { request, peer, startedAt } = call
    const { headers, signal } = request
    const session = sessionHeader === undefined ? null : headers.get(sessionHeader)
    let response: GatewayResponse | undefined
    try {
      response = await gate.open(caller, operation, {
        startedAt,
        clientGone: signal,
        headers,
        peer,
        place: slot,
        ...(session ? { session } : {}),
      })
      if (!response.isStream) return await this.#sendWhole(response)
      const init = { status: response.status, headers: headersOf(response) }
      const source = new StreamSource(response, writeBrokenStream, call.streamed())
      return new Response(new ReadableStream(source, onDemand), init)
    } catch (thrown) {
      slot.leave()
      response?.cancel()
      const error = asGatewayError(thrown)
      // The gate has recorded the errors that it throws. Any other error is an internal fault that only the
      // log would show.
      const isRecorded = thrown === error
      const bytes = operation.bytes
      return this.refuse(
        error,
        isRecorded ? undefined : gate.refused(error, { dialect, kind, bytes, startedAt }),
      )
    }
  }

  /**
   * A whole response is one piece. It is sent only when its record is written, so that a late failure still
   * has its status.
   */
  async #sendWhole(response: GatewayResponse): Promise<Response> {
    let body: Uint8Array | string | undefined
    try {
      for (let piece = await response.next(); piece !== undefined; piece = await response.next())
        body = body === undefined ? piece : Buffer.concat([bytesOf(body), bytesOf(piece)])
    } catch (thrown) {
      return this.refuse(asGatewayError(thrown), response.exchange)
    }
    const init = { status: response.status, headers: headersOf(response) }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the DOM's type excludes shared memory
    return new Response((body ?? '') as BodyInit, init)
  }
}

/** Lets other calls continue. Reading stops when the client disconnects. */
export const pauseOf = (clientGone: AbortSignal) => async (): Promise<void> => {
  await turnEnd()
  if (clientGone.aborted) throw new GatewayError('client-gone', 'The client left while its request was read.')
}

function checkType(headers: Headers): void {
  const type = headers.get('content-type')
  if (type !== null && !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new GatewayError('unsupported-media-type', 'the content type must be application/json')
  }
  const coding = headers.get('content-encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') {
    throw new GatewayError('unsupported-media-type', 'the body must be sent without content-encoding')
  }
}

/** Nothing is read from the provider before the client takes it. */
const onDemand = { highWaterMark: 0 }

/** A stream for the client, which the platform pulls. */
class StreamSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #response: GatewayResponse
  readonly #writeBrokenStream: JsonEndpointOptions['writeBrokenStream']
  readonly #noteEnd: () => void
  #isCanceled = false

  constructor(
    response: GatewayResponse,
    writeBrokenStream: JsonEndpointOptions['writeBrokenStream'],
    noteEnd: () => void,
  ) {
    this.#response = response
    this.#writeBrokenStream = writeBrokenStream
    this.#noteEnd = noteEnd
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let chunk: Uint8Array | undefined
    let isLast = false
    try {
      const piece = await this.#response.next()
      if (piece === undefined) isLast = true
      else chunk = bytesOf(piece)
    } catch (thrown) {
      // A stream that closes without an error would look like a short response.
      chunk = Buffer.from(this.#writeBrokenStream(asGatewayError(thrown)))
      isLast = true
    }
    // If the stream was canceled meanwhile, its controller throws at each call.
    if (this.#isCanceled) return
    if (chunk !== undefined) controller.enqueue(chunk)
    if (!isLast) return
    this.#noteEnd()
    controller.close()
  }

  cancel(): void {
    this.#isCanceled = true
    this.#response.cancel()
  }
}

const bytesOf = (piece: Uint8Array | string): Uint8Array =>
  typeof piece === 'string' ? Buffer.from(piece) : piece

const isHeaderText = /^[\t\x20-\x7e\x80-\xff]*$/

function headersOf({ headers }: GatewayResponse): Headers {
  const made = new Headers()
  // A provider may send header values that we cannot send on. Such a header is dropped, so that the response
  // still arrives.
  for (const [name, value] of headers) if (isHeaderText.test(value)) made.append(name, value)
  return made
}
