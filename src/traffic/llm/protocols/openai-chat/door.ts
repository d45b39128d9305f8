// POST /v1/chat/completions: bytes in, a governed operation, bytes out.

import { GatewayError, asGatewayError } from '../../../../contract/errors.ts'
import type { Caller, Door, Gate, Governed } from '../../../../contract/traffic.ts'
import { bearerOf } from './bearer.ts'
import { chatOperation, dialect } from './operation.ts'
import type { ChatOptions } from './operation.ts'
import { refusal } from './refusal.ts'
import { wordBrokenStream } from './wording.ts'

export interface ChatDoorOptions {
  gate: Gate
  /** Read anew for each call: the configuration may change. */
  chat: () => ChatOptions
}

export function chatDoor({ gate, chat }: ChatDoorOptions): Door {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    credential: bearerOf,
    refuse: refusal,
    async handle(call) {
      let caller: Caller | undefined
      let bytes: number | undefined
      let operation: ReturnType<typeof chatOperation>
      const { headers, signal } = call.request
      const { peer, startedAt } = call
      try {
        caller = gate.identify(bearerOf(call.request), { peer, headers })
        checkType(headers)
        const body = await call.body()
        bytes = body.length
        operation = chatOperation(body, chat())
      } catch (thrown) {
        const error = asGatewayError(thrown)
        const exchange = gate.refused(error, {
          ...(caller && { caller }),
          dialect,
          kind: 'model.generate',
          ...(bytes === undefined ? {} : { bytes }),
          startedAt,
        })
        return refusal(error, exchange)
      }
      try {
        const governed = await gate.open(caller, operation, { startedAt, clientGone: signal, headers, peer })
        return governed.isStream ? streamed(governed, headersOf(governed)) : await whole(governed)
      } catch (thrown) {
        return refusal(asGatewayError(thrown))
      }
    },
  }
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
function streamed(governed: Governed, headers: Headers): Response {
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await nextBytes(governed)
        // A controller whose stream was cancelled while we waited throws at whatever it is told.
        if (isCancelled) return
        if (bytes.chunk !== undefined) controller.enqueue(bytes.chunk)
        if (bytes.isLast) controller.close()
      },
      cancel() {
        isCancelled = true
        governed.cancel()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, { status: governed.status, headers })
}

async function nextBytes(governed: Governed): Promise<{ chunk?: Uint8Array; isLast: boolean }> {
  try {
    const bytes = await governed.next()
    if (bytes === undefined) return { isLast: true }
    return { chunk: typeof bytes === 'string' ? Buffer.from(bytes) : bytes, isLast: false }
  } catch (thrown) {
    // Closing without a word would look like a short answer.
    return { chunk: Buffer.from(wordBrokenStream(asGatewayError(thrown))), isLast: true }
  }
}

/** The whole answer is one piece; it is only sent once the record stands, so that a late failure still has its status. */
async function whole(governed: Governed): Promise<Response> {
  const parts: Uint8Array[] = []
  try {
    for (let bytes = await governed.next(); bytes !== undefined; bytes = await governed.next())
      parts.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  } catch (thrown) {
    return refusal(asGatewayError(thrown), governed.exchange)
  }
  return new Response(Buffer.concat(parts), { status: governed.status, headers: headersOf(governed) })
}

const isHeaderText = /^[\t\x20-\x7e\x80-\xff]*$/

function headersOf({ headers }: Governed): Headers {
  const made = new Headers()
  // A provider may send what no header of ours can carry; its answer is worth more than that header.
  for (const [name, value] of headers) if (isHeaderText.test(value)) made.append(name, value)
  return made
}
