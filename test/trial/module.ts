// A traffic module of tools over JSON-RPC, as small as one can be: it carries a tool through every step from identify to record. It keeps what the gate
// promises to modules that do not exist yet.
//
// The server may answer with what it needs first: `{ needs: { name, arguments } }` is another tool (a nested call), `{ asks: … }` a question for
// the client (a call in reverse). A question goes out on the stream of the response; the client answers at /trial/answers/{id}.

import { z } from 'zod'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { Edit, Piece } from '../../src/contract/content.ts'
import type { Caller, Door, DoorCall, OpenCall } from '../../src/contract/door.ts'
import { GatewayError } from '../../src/contract/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { Reply, ReplyPiece } from '../../src/contract/response.ts'
import type { Demand } from '../../src/contract/usage.ts'
import { jsonDigest } from '../../src/kit/json-digest.ts'
import type { ModuleNeeds, TrafficModule } from '../../src/main/modules.ts'
import { bearerOf } from '../../src/traffic/wire/bearer.ts'
import { jsonDoor } from '../../src/traffic/wire/door.ts'
import { onePiece } from '../../src/traffic/wire/one-piece.ts'
import { asResponse, worded } from '../../src/traffic/wire/refusal.ts'

export const trialModule: TrafficModule = {
  section: 'mcpServers',
  kinds: [{ kind: 'trial', credential: 'none', options: z.strictObject({}) }],
  doors: (needs) => new Trial(needs).doors(),
}

const rpc = z.object({ id: z.union([z.string(), z.number()]), method: z.string(), params: z.looseObject({}).optional() })
const toolCall = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) })
const units = z.record(z.string(), z.number())
const toolAnswer = z.object({
  result: z.unknown().optional(),
  used: units.optional(),
  needs: toolCall.optional(),
  asks: z.record(z.string(), z.unknown()).optional(),
})
const wordError = (error: GatewayError, exchange?: string) =>
  worded(error, exchange, { jsonrpc: '2.0', error: { code: -32000, message: error.message, data: { code: error.code } } })

class Trial {
  readonly #needs: ModuleNeeds
  /** Questions that wait for the client, by exchange. */
  readonly #asked = new Map<string, (answer: Uint8Array) => void>()

  constructor(needs: ModuleNeeds) {
    this.#needs = needs
  }

  doors(): Door[] {
    const { gate, limits } = this.#needs
    const common = { gate, credential: bearerOf, dialect: 'trial', limits: () => ({ maxDepth: limits().depth }), wordError }
    const wordBrokenStream = (error: GatewayError) => `data: ${JSON.stringify({ error: { message: error.message, code: error.code } })}\n\n`
    return [
      jsonDoor({
        ...common,
        path: '/trial',
        kind: 'tool.call',
        wordBrokenStream,
        operation: (body, call, caller) => this.#operation(body, call, caller),
      }),
      {
        method: 'GET',
        path: '/trial/*',
        credential: bearerOf,
        refuse: (error) => asResponse(wordError(error)),
        handle: async (call) => this.#list(call),
      },
      {
        method: 'POST',
        path: '/trial/answers/*',
        credential: bearerOf,
        refuse: (error) => asResponse(wordError(error)),
        handle: async (call) => this.#answer(call),
      },
    ]
  }

  /** GET /trial/{server}?tools=a,b: which of these the caller may call. */
  #list(call: DoorCall): Response {
    const { gate } = this.#needs
    const caller = gate.identify(bearerOf(call.request), { peer: call.peer, headers: call.request.headers })
    const server = call.path.slice('/trial/'.length)
    const tools = (new URL(call.request.url).searchParams.get('tools') ?? '').split(',')
    return Response.json(tools.filter((tool) => gate.judge(caller, { kind: 'tool', name: `${server}/${tool}` }) !== 'denied'))
  }

  async #answer(call: DoorCall): Promise<Response> {
    const { gate } = this.#needs
    const caller = gate.identify(bearerOf(call.request), { peer: call.peer, headers: call.request.headers })
    const resolve = this.#asked.get(call.path.slice('/trial/answers/'.length))
    if (!resolve) return new Response(null, { status: 404 })
    resolve(await call.body(caller.principal.id))
    return new Response(null, { status: 202 })
  }

  #operation(body: Uint8Array, { request, peer, startedAt }: DoorCall, caller: Caller): Operation {
    const read = rpc.safeParse(JSON.parse(Buffer.from(body).toString()))
    const asked = toolCall.safeParse(read.data?.params)
    if (!read.success || !asked.success)
      throw new GatewayError('bad-request', 'The body must be a JSON-RPC request with "name" and "arguments" in "params".')
    const opening: OpenCall = { startedAt, clientGone: request.signal, headers: request.headers, peer }
    return new ToolCall({ needs: this.#needs, asked: this.#asked, caller, opening }, asked.data.name, asked.data.arguments)
  }
}

interface Setting {
  needs: ModuleNeeds
  asked: Map<string, (answer: Uint8Array) => void>
  caller: Caller
  opening: OpenCall
}

class ToolCall implements Operation {
  readonly kind = 'tool.call'
  readonly direction = 'forward'
  readonly dialect = 'trial'
  readonly isStreaming = false
  readonly repeat = 'unsent'
  readonly facts = { tools: [], media: [] }
  readonly resource: Operation['resource']
  readonly bytes: number
  readonly #setting: Setting
  readonly #arguments: Record<string, unknown>

  constructor(setting: Setting, name: string, values: Record<string, unknown>) {
    this.#setting = setting
    this.#arguments = values
    this.resource = { kind: 'tool', name }
    this.bytes = JSON.stringify(values).length
  }

  arguments = () => this.#arguments
  digest = () => jsonDigest(JSON.stringify(this.#arguments))
  /** The argument `units` is the most that the tool may use. */
  demand = (): Demand => {
    const { data } = units.safeParse(this.#arguments['units'])
    return { inputTokens: 0, outputTokens: 0, ...(data && { units: data }), hasUnboundedFees: false, typicalTokens: 0, typicalInputTokens: 0 }
  }
  content = () => ({ pieces: piecesOf(this.#arguments, 'tool-arguments'), media: [] })
  edit = (edits: readonly Edit[]) => new ToolCall(this.#setting, this.resource.name, edited(this.#arguments, edits))

  async attempt(attempt: Attempt): Promise<Reply> {
    const answer = await this.#send(attempt, { name: attempt.target.model, arguments: this.#arguments })
    if (answer.asks === undefined) return { ...reply, ...onePiece(resultPiece(answer.result, answer.used)) }
    // What the server asks goes to the client on the response, and the client's answer to the server.
    const question = new Question(this.#setting, this.resource.name, answer.asks)
    const child = this.#setting.needs.gate.open(this.#setting.caller, question, this.#within(attempt))
    let turn = 0
    const next = async (): Promise<ReplyPiece | undefined> => {
      turn += 1
      if (turn === 1) return { ...eventPiece({ asks: await question.sent }), asksClient: true }
      if (turn > 2) return undefined
      const governed = await child
      const { result } = await this.#send(attempt, { answer: JSON.parse(String(await governed.next())) })
      return { ...resultPiece(result), bytes: `data: ${JSON.stringify({ result })}\n\n` }
    }
    return { ...reply, headers: [['content-type', 'text/event-stream']], isStream: true, next, cancel: async () => {} }
  }

  async #send(attempt: Attempt, params: object): Promise<z.infer<typeof toolAnswer>> {
    const { dial, destination } = this.#setting.needs
    const { signal, timeouts } = attempt
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    const headers = [['content-type', 'application/json']] as const
    const provider = destination(attempt.target.provider)
    const response = await dial({ provider, method: 'POST', path: '', headers, body, timeouts, signal, onSent: () => attempt.onSent() })
    const answer = toolAnswer.parse(JSON.parse(Buffer.from(await response.bytes(1 << 20)).toString()))
    if (answer.needs === undefined) return answer
    const nested = new ToolCall(this.#setting, answer.needs.name, answer.needs.arguments)
    const governed = await this.#setting.needs.gate.open(this.#setting.caller, nested, this.#within(attempt))
    return this.#send(attempt, { given: JSON.parse(String(await governed.next())) })
  }

  #within({ exchange, signal }: Attempt): OpenCall {
    return { ...this.#setting.opening, startedAt: this.#setting.needs.clock.monotonic(), clientGone: signal, within: { exchange } }
  }
}

/** What a server asks of the client: the same steps, with the client as the target. */
class Question implements Operation {
  readonly kind = 'tool.call'
  readonly direction = 'reverse'
  readonly dialect = 'trial'
  readonly isStreaming = false
  readonly repeat = 'unsent'
  readonly facts = { tools: [], media: [] }
  readonly bytes = 0
  readonly resource: Operation['resource']
  /** Resolves with the question as inspected and the id under which it waits, when it is to go out. */
  readonly sent: Promise<object>
  readonly #setting: Setting
  readonly #params: Record<string, unknown>
  readonly #send: (question: object) => void

  constructor(setting: Setting, name: string, params: Record<string, unknown>, outer?: Pick<Question, 'sent'> & { send(question: object): void }) {
    const { promise, resolve } = Promise.withResolvers<object>()
    this.#setting = setting
    this.#params = params
    this.resource = { kind: 'tool', name }
    this.sent = outer?.sent ?? promise
    this.#send = outer?.send ?? resolve
  }

  demand = () => ({ inputTokens: 0, outputTokens: 0, hasUnboundedFees: false, typicalTokens: 0, typicalInputTokens: 0 })
  content = () => ({ pieces: piecesOf(this.#params, 'text'), media: [] })
  edit = (edits: readonly Edit[]) =>
    new Question(this.#setting, this.resource.name, edited(this.#params, edits), { sent: this.sent, send: this.#send })

  async attempt({ exchange, onSent, signal }: Attempt): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    this.#setting.asked.set(exchange, resolve)
    onSent()
    this.#send({ ...this.#params, id: exchange })
    const answer: unknown = JSON.parse(Buffer.from(await promise).toString())
    this.#setting.asked.delete(exchange)
    return { ...reply, ...onePiece(resultPiece(answer)) }
  }
}

const reply = { status: 200, headers: [['content-type', 'application/json']], losses: [] } as const satisfies Partial<Reply>

const eventPiece = (data: object): ReplyPiece => ({
  bytes: `data: ${JSON.stringify(data)}\n\n`,
  pieces: [],
  hasOutput: false,
  outputLength: 0,
  isTerminal: false,
})

function resultPiece(result: unknown, used?: Readonly<Record<string, number>>): ReplyPiece {
  const text = typeof result === 'string' ? result : JSON.stringify(result)
  const pieces: Piece[] = [{ channel: 'result', kind: 'tool-result', text, form: 'whole', escaping: 'none', isLast: true }]
  const remade = (edits: readonly Edit[]) => resultPiece(edited({ result: text }, edits)['result'], used)
  return {
    bytes: JSON.stringify(result),
    pieces,
    hasOutput: true,
    outputLength: 0,
    isTerminal: true,
    // no tokens: the demand has none
    usage: used ? { fees: used } : {},
    edit: remade,
  }
}

const piecesOf = (values: Record<string, unknown>, kind: Piece['kind']): Piece[] =>
  Object.entries(values).flatMap(([channel, text]) =>
    typeof text === 'string' ? [{ channel, kind, text, form: 'whole', escaping: 'none' } as const] : [],
  )

function edited(values: Record<string, unknown>, edits: readonly Edit[]): Record<string, unknown> {
  const changed = { ...values }
  for (const { channel, start, end, replacement } of edits.toSorted((a, b) => b.start - a.start)) {
    const text = String(changed[channel])
    changed[channel] = text.slice(0, start) + replacement + text.slice(end)
  }
  return changed
}
