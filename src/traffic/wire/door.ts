// The skeleton of a door whose requests are JSON: bytes in, a governed operation, bytes out. The dialect
// brings path, credential, operation and words.

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

export interface JsonDoor extends Pick<Endpoint, 'path' | 'accepts' | 'credential'> {
  gate: Gate
  /** How the dialect's clients send their key. Absent: as a bearer. */
  sendAs?: string
  dialect: string
  kind: Operation['kind']
  /** Where agents that speak the dialect tell their session. */
  sessionHeader?: string
  /** Read anew for each call: the configuration may change. */
  limits(): { maxDepth: number }
  /** @throws GatewayError `bad-request` and other faults of the caller */
  operation(body: Uint8Array, call: EndpointCall, caller: Caller): Operation | Promise<Operation>
  writeError(error: GatewayError, exchange?: string): WrittenRefusal
  /** Event(s) that tell a client that its stream failed. */
  writeBrokenStream(error: GatewayError): string
}

export function jsonDoor(options: JsonDoor): Endpoint {
  const {
    gate,
    path,
    accepts,
    credential,
    sendAs,
    dialect,
    kind,
    sessionHeader,
    writeError,
    writeBrokenStream,
  } = options
  const refusal = (error: GatewayError, exchange?: string) => asResponse(writeError(error, exchange))
  return {
    method: 'POST',
    path,
    ...(accepts && { accepts }),
    credential,
    refuse: refusal,
    async handle(call) {
      let caller: Caller | undefined
      let place: CallSlot | undefined
      let bytes: number | undefined
      let operation: Operation
      const { headers, signal } = call.request
      const { peer, startedAt } = call
      try {
        caller = gate.identify(credential(call.request), {
          peer,
          headers,
          ...(sendAs !== undefined && { sendAs }),
        })
        checkType(headers)
        place = gate.enter(caller)
        const body = await call.body(caller.principal.id)
        bytes = body.length
        if (body.length > scanSlice) await checkLongBody(body, options.limits(), pauseOf(signal))
        operation = await options.operation(body, call, caller)
      } catch (thrown) {
        place?.leave()
        const error = asGatewayError(thrown)
        const exchange = gate.refused(error, {
          ...(caller && { caller }),
          dialect,
          kind,
          ...(bytes === undefined ? {} : { bytes }),
          startedAt,
        })
        return refusal(error, exchange)
      }
      let governed: GatewayResponse | undefined
      try {
        const session = sessionHeader === undefined ? null : headers.get(sessionHeader)
        governed = await gate.open(caller, operation, {
          startedAt,
          clientGone: signal,
          headers,
          peer,
          place,
          ...(session ? { session } : {}),
        })
        return governed.isStream
          ? streamed(governed, headersOf(governed), writeBrokenStream, call.streamed())
          : await whole(governed, refusal)
      } catch (thrown) {
        place.leave()
        governed?.cancel()
        const error = asGatewayError(thrown)
        // what the gate throws is on the record; anything else is a fault of ours, which only the log would
        // tell
        return refusal(
          error,
          thrown === error ? undefined : gate.refused(error, { dialect, kind, bytes, startedAt }),
        )
      }
    },
  }
}

/** Other calls go on; the reading stops when the client has left. */
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

/** Pulled, never pushed: nothing is read from the provider before the client takes it. */
function streamed(
  governed: GatewayResponse,
  headers: Headers,
  writeBrokenStream: JsonDoor['writeBrokenStream'],
  ended: () => void,
): Response {
  let isCanceled = false
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await nextBytes(governed, writeBrokenStream)
        // A controller whose stream was canceled while we waited throws at whatever it is told.
        if (isCanceled) return
        if (bytes.chunk !== undefined) controller.enqueue(bytes.chunk)
        if (!bytes.isLast) return
        ended()
        controller.close()
      },
      cancel() {
        isCanceled = true
        governed.cancel()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { status: governed.status, headers })
}

async function nextBytes(
  governed: GatewayResponse,
  writeBrokenStream: JsonDoor['writeBrokenStream'],
): Promise<{ chunk?: Uint8Array; isLast: boolean }> {
  try {
    const bytes = await governed.next()
    if (bytes === undefined) return { isLast: true }
    return { chunk: typeof bytes === 'string' ? Buffer.from(bytes) : bytes, isLast: false }
  } catch (thrown) {
    // Closing without a word would look like a short answer.
    return { chunk: Buffer.from(writeBrokenStream(asGatewayError(thrown))), isLast: true }
  }
}

/**
 * The whole answer is one piece; it is only sent once the record stands, so that a late failure still has its
 * status.
 */
async function whole(governed: GatewayResponse, refusal: Endpoint['refuse']): Promise<Response> {
  const parts: Uint8Array[] = []
  try {
    for (let bytes = await governed.next(); bytes !== undefined; bytes = await governed.next())
      parts.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  } catch (thrown) {
    return refusal(asGatewayError(thrown), governed.exchange)
  }
  // Mostly it is one part; joining would copy it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the DOM's type excludes shared memory
  const body = (parts.length === 1 ? parts[0] : Buffer.concat(parts)) as BodyInit
  return new Response(body, { status: governed.status, headers: headersOf(governed) })
}

const isHeaderText = /^[\t\x20-\x7e\x80-\xff]*$/

function headersOf({ headers }: GatewayResponse): Headers {
  const made = new Headers()
  // A provider may send what no header of ours can carry; its answer is worth more than that header.
  for (const [name, value] of headers) if (isHeaderText.test(value)) made.append(name, value)
  return made
}
