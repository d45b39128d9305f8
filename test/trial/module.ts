// A minimal traffic module of tools over JSON-RPC. It runs a tool through every step from identify to
// record, and tests what the gate promises to future modules.
//
// The server may respond with a need: `{ needs: { name, arguments } }` is another tool (a nested
// call), `{ asks: … }` a question for the client (a call in reverse). A question is sent on the stream of
// the response; the client responds at /trial/answers/{id}.

import { z } from 'zod'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { Edit } from '../../src/contract/content.ts'
import type { Endpoint, EndpointCall } from '../../src/contract/endpoint.ts'
import type { OpenCall } from '../../src/contract/gate.ts'
import type { Caller } from '../../src/contract/principal.ts'
import { GatewayError } from '../../src/contract/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { AttemptResponse, ResponsePiece } from '../../src/contract/response.ts'
import type { Demand } from '../../src/contract/usage.ts'
import { jsonDigest } from '../../src/kit/json-digest.ts'
import type { ModuleNeeds, TrafficModule } from '../../src/main/modules.ts'
import { bearerOf } from '../../src/traffic/wire/bearer.ts'
import { createJsonEndpoint } from '../../src/traffic/wire/json-endpoint.ts'
import { onePiece } from '../../src/traffic/wire/one-piece.ts'
import { asResponse, writeRefusal } from '../../src/traffic/wire/refusal.ts'
import { type Values, edited, eventPiece, piecesOf, reply, resultPiece } from './pieces.ts'

export const trialModule: TrafficModule = {
  section: 'mcpServers',
  kinds: [{ kind: 'trial', credential: 'none', options: z.strictObject({}) }],
  doors: (needs) => new Trial(needs).doors(),
}

const rpc = z.object({
  id: z.union([z.string(), z.number()]),
  method: z.string(),
  params: z.looseObject({}).optional(),
})
const toolCall = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) })
const units = z.record(z.string(), z.number())
const toolAnswer = z.object({
  result: z.unknown().optional(),
  used: units.optional(),
  needs: toolCall.optional(),
  asks: z.record(z.string(), z.unknown()).optional(),
})
const writeError = (error: GatewayError, exchange?: string) =>
  writeRefusal(error, exchange, {
    jsonrpc: '2.0',
    error: { code: -32000, message: error.message, data: { code: error.code } },
  })

const writeBrokenStream = ({ message, code }: GatewayError) =>
  `data: ${JSON.stringify({ error: { message, code } })}\n\n`

class Trial {
  readonly #needs: ModuleNeeds
  /** Questions that wait for the client, by exchange. */
  readonly #asked = new Map<string, (received: Uint8Array) => void>()

  constructor(needs: ModuleNeeds) {
    this.#needs = needs
  }

  doors(): Endpoint[] {
    const { gate, limits } = this.#needs
    const common = { credential: bearerOf, refuse: (error: GatewayError) => asResponse(writeError(error)) }
    const rpcDoor = {
      gate,
      ...common,
      dialect: 'trial',
      kind: 'tool.call',
      limits: () => ({ maxDepth: limits().depth }),
      writeError,
      writeBrokenStream,
    } as const
    return [
      createJsonEndpoint({
        ...rpcDoor,
        path: '/trial',
        operation: (body, call, caller) => this.#operation(body, call, caller),
      }),
      { ...common, method: 'GET', path: '/trial/*', handle: async (call) => this.#list(call) },
      { ...common, method: 'POST', path: '/trial/answers/*', handle: (call) => this.#answer(call) },
    ]
  }

  #identify = ({ request, peer }: EndpointCall): Caller =>
    this.#needs.gate.identify(bearerOf(request), { peer, headers: request.headers })

  /** GET /trial/{server}?tools=a,b: the tools of the list that the caller may call. */
  #list(call: EndpointCall): Response {
    const caller = this.#identify(call)
    const server = call.path.slice('/trial/'.length)
    const tools = (new URL(call.request.url).searchParams.get('tools') ?? '').split(',')
    return Response.json(
      tools.filter(
        (tool) => this.#needs.gate.judge(caller, { kind: 'tool', name: `${server}/${tool}` }) !== 'denied',
      ),
    )
  }

  async #answer(call: EndpointCall): Promise<Response> {
    const caller = this.#identify(call)
    const resolve = this.#asked.get(call.path.slice('/trial/answers/'.length))
    resolve?.(await call.body(caller.principal.id))
    return new Response(null, { status: resolve ? 202 : 404 })
  }

  #operation(body: Uint8Array, { request, peer, startedAt }: EndpointCall, caller: Caller): Operation {
    const read = rpc.safeParse(JSON.parse(Buffer.from(body).toString()))
    const asked = toolCall.safeParse(read.data?.params)
    if (!read.success || !asked.success)
      throw new GatewayError(
        'bad-request',
        'The body must be a JSON-RPC request with "name" and "arguments" in "params".',
      )
    const opening: OpenCall = { startedAt, clientGone: request.signal, headers: request.headers, peer }
    return new ToolCall(
      { needs: this.#needs, asked: this.#asked, caller, opening },
      asked.data.name,
      asked.data.arguments,
    )
  }
}

interface Setting {
  needs: ModuleNeeds
  asked: Map<string, (received: Uint8Array) => void>
  caller: Caller
  opening: OpenCall
}

/** Shared by a tool call and a question of its server: named values that guards read. */
abstract class Trialled {
  readonly kind = 'tool.call'
  readonly dialect = 'trial'
  readonly isStreaming = false
  readonly repeat = 'unsent'
  readonly facts = { tools: [], media: [] }
  readonly resource: Operation['resource']
  readonly bytes: number
  readonly values: Values
  constructor(name: string, values: Values) {
    this.values = values
    this.resource = { kind: 'tool', name }
    this.bytes = JSON.stringify(values).length
  }
  /** The argument `units` is the maximum that it may use. */
  demand(): Demand {
    const { data } = units.safeParse(this.values['units'])
    return {
      inputTokens: 0,
      outputTokens: 0,
      ...(data && { units: data }),
      hasUnboundedFees: false,
      typicalTokens: 0,
      typicalInputTokens: 0,
    }
  }
  content = () => ({ pieces: piecesOf(this.values), media: [] })
}

class ToolCall extends Trialled implements Operation {
  readonly direction = 'forward'
  readonly #setting: Setting
  constructor(setting: Setting, name: string, values: Values) {
    super(name, values)
    this.#setting = setting
  }
  arguments = () => this.values
  digest = () => jsonDigest(JSON.stringify(this.values))
  edit = (edits: readonly Edit[]) =>
    new ToolCall(this.#setting, this.resource.name, edited(this.values, edits))

  async attempt(attempt: Attempt): Promise<AttemptResponse> {
    const received = await this.#send(attempt, { name: attempt.target.model, arguments: this.values })
    if (received.asks === undefined)
      return { ...reply, ...onePiece(resultPiece(received.result, received.used)) }
    // The server's question goes to the client on the response, and the client's response goes to the server.
    const question = new Question(this.#setting, this.resource.name, received.asks)
    const child = this.#setting.needs.gate.open(this.#setting.caller, question, this.#within(attempt))
    let turn = 0
    const next = async (): Promise<ResponsePiece | undefined> => {
      turn += 1
      if (turn === 1) return { ...eventPiece({ asks: await question.sent() }), asksClient: true }
      if (turn > 2) return undefined
      const governed = await child
      const { result } = await this.#send(attempt, { answer: JSON.parse(String(await governed.next())) })
      return { ...resultPiece(result), bytes: `data: ${JSON.stringify({ result })}\n\n` }
    }
    return {
      ...reply,
      headers: [['content-type', 'text/event-stream']],
      isStream: true,
      next,
      cancel: async () => {},
    }
  }

  async #send(attempt: Attempt, params: object): Promise<z.infer<typeof toolAnswer>> {
    const { dial, destination } = this.#setting.needs
    const { signal, timeouts } = attempt
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    const headers = [['content-type', 'application/json']] as const
    const provider = destination(attempt.target.provider)
    const response = await dial({
      provider,
      method: 'POST',
      path: '',
      headers,
      body,
      timeouts,
      signal,
      onSent: () => attempt.onSent(),
    })
    const received = toolAnswer.parse(JSON.parse(Buffer.from(await response.bytes(1 << 20)).toString()))
    if (received.needs === undefined) return received
    const nested = new ToolCall(this.#setting, received.needs.name, received.needs.arguments)
    const governed = await this.#setting.needs.gate.open(this.#setting.caller, nested, this.#within(attempt))
    return this.#send(attempt, { given: JSON.parse(String(await governed.next())) })
  }

  #within({ exchange, signal }: Attempt): OpenCall {
    return {
      ...this.#setting.opening,
      startedAt: this.#setting.needs.clock.monotonic(),
      clientGone: signal,
      within: { exchange },
    }
  }
}

/** A server's question for the client: the same steps, with the client as the target. */
class Question extends Trialled implements Operation {
  readonly direction = 'reverse'
  readonly #setting: Setting
  /**
   * When the question is to be sent, resolves with the inspected question and the id under which it waits.
   */
  readonly #out: ReturnType<typeof Promise.withResolvers<object>>
  constructor(setting: Setting, name: string, values: Values, out = Promise.withResolvers<object>()) {
    super(name, values)
    this.#setting = setting
    this.#out = out
  }
  sent = () => this.#out.promise
  edit = (edits: readonly Edit[]) =>
    new Question(this.#setting, this.resource.name, edited(this.values, edits), this.#out)

  async attempt({ exchange, onSent, signal }: Attempt): Promise<AttemptResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    this.#setting.asked.set(exchange, resolve)
    onSent()
    this.#out.resolve({ ...this.values, id: exchange })
    const received: unknown = JSON.parse(Buffer.from(await promise).toString())
    this.#setting.asked.delete(exchange)
    return { ...reply, ...onePiece(resultPiece(received)) }
  }
}
