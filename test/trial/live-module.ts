// A traffic module with long-lived connections between exchanges: a WebSocket whose turns are exchanges, and
// a stream of news that may never arrive.

import { z } from 'zod'
import type { EndpointCall, Endpoint } from '../../src/contract/endpoint.ts'
import { GatewayError, asGatewayError } from '../../src/contract/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { type Socket, closeCodeOf } from '../../src/contract/socket.ts'
import type { ModuleNeeds, TrafficModule } from '../../src/main/modules.ts'
import { bearerOf } from '../../src/traffic/wire/bearer.ts'
import { onePiece } from '../../src/traffic/wire/one-piece.ts'
import { asResponse, writeRefusal } from '../../src/traffic/wire/refusal.ts'

export const liveModule: TrafficModule = {
  section: 'agents',
  kinds: [{ kind: 'trial-live', credential: 'none', options: z.strictObject({}) }],
  doors: (needs) => [
    door('/live', (call) => openSocket(needs, call)),
    door('/news', (call) => openStream(needs, call)),
  ],
}

const refuse = (error: GatewayError) => asResponse(writeRefusal(error, undefined, { code: error.code }))

const door = (path: string, handle: (call: EndpointCall) => Response): Endpoint => ({
  method: 'GET',
  path,
  credential: bearerOf,
  refuse,
  async handle(call) {
    try {
      return handle(call)
    } catch (thrown) {
      return refuse(asGatewayError(thrown))
    }
  },
})

/** Each message is a turn, and each turn an exchange. */
function openSocket({ gate, clock }: ModuleNeeds, call: EndpointCall): Response {
  const { headers } = call.request
  const caller = gate.identify(bearerOf(call.request), { peer: call.peer, headers })
  const gone = new AbortController()
  let socket: Socket | undefined
  const connection = gate.connect(caller, {
    kind: 'socket',
    stop: (error) => socket?.close(closeCodeOf(error), error.code),
  })
  try {
    return call.upgrade((opened) => {
      socket = opened
      return {
        async message(text) {
          try {
            const operation = turn(String(text))
            const opening = {
              startedAt: clock.monotonic(),
              clientGone: gone.signal,
              headers,
              peer: call.peer,
            }
            const governed = await gate.open(connection.caller, operation, opening)
            for (let bytes = await governed.next(); bytes !== undefined; bytes = await governed.next())
              await opened.send(bytes)
          } catch (thrown) {
            await opened.send(`refused: ${asGatewayError(thrown).code}`)
          }
        },
        closed() {
          gone.abort()
          connection.leave()
        },
      }
    })
  } catch (thrown) {
    connection.leave()
    throw thrown
  }
}

/** Sends nothing until the rules change, or until it is stopped. */
function openStream({ gate }: ModuleNeeds, call: EndpointCall): Response {
  const caller = gate.identify(bearerOf(call.request), { peer: call.peer, headers: call.request.headers })
  const ended = call.keepOpen()
  let controller: ReadableStreamDefaultController<string> | undefined
  const connection = gate.connect(caller, {
    kind: 'stream',
    rulesChanged: () => controller?.enqueue('data: changed\n\n'),
    stop(error) {
      controller?.enqueue(`data: ${error.code}\n\n`)
      controller?.close()
      ended()
    },
  })
  const body = new ReadableStream<string>({
    start(started) {
      controller = started
      // headers are sent with the first byte
      started.enqueue(': open\n\n')
    },
    cancel() {
      connection.leave()
      ended()
    },
  })
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'text/event-stream' },
  })
}

const turn = (text: string): Operation => ({
  kind: 'agent.send',
  direction: 'forward',
  resource: { kind: 'agent', name: 'echo/turn' },
  dialect: 'trial',
  isStreaming: false,
  repeat: 'unsent',
  facts: { tools: [], media: [] },
  bytes: text.length,
  content: () => ({ pieces: [], media: [] }),
  edit: () => turn(text),
  demand: () => ({
    inputTokens: 0,
    outputTokens: 0,
    hasUnboundedFees: false,
    typicalTokens: 0,
    typicalInputTokens: 0,
  }),
  async attempt({ onSent, subject }) {
    onSent()
    const bytes = `${subject.team}: ${text.toUpperCase()}`
    const piece = {
      bytes,
      hasOutput: true,
      outputLength: text.length,
      isTerminal: true,
      usage: { inputTokens: 0, outputTokens: 0 },
    }
    return { status: 200, headers: [], losses: [], ...onePiece(piece) }
  },
})
