// One translated call below the operation: chat on the client's side, a made-up dialect (one JSON line per
// word) on the provider's.

import { expect, test } from 'bun:test'
import type { Attempt } from '../../contract/attempt.ts'
import type { ResponsePiece } from '../../contract/response.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Codec, GenerateRequest, ResponseEvent } from './canonical/index.ts'
import { chatOperation } from './dialects/openai-chat/operation.ts'
import { codec as chat } from './dialects/openai-chat/index.ts'
import type { Provider, ProviderCall } from './provider.ts'
import { dropUncarried } from './losses/index.ts'
import { translator } from './translate.ts'

const usage = {
  inputTokens: 9,
  outputTokens: 2,
  cacheWriteTokens: 5,
  cacheWriteLongTokens: 4,
  fees: { web_search: 2 },
}

/** Carries texts and nothing else; says more of its usage than chat can. */
function wordy(
  events: (read: () => Promise<string | undefined>) => ResponseEvent[],
  seen: GenerateRequest[],
): Codec {
  const carries = Object.fromEntries(
    Object.keys(chat.table.carries).map((field) => [field, 'missing']),
  ) as Codec['table']['carries']
  return {
    ...chat,
    dialect: 'gemini',
    table: { rows: {}, names: {}, limits: {}, carries: { ...carries, 'max-output': 'carried' } },
    encodeRequest(request, { notes }) {
      dropUncarried(request, 'gemini', notes)
      seen.push(request)
      return { path: '/words', body: JSON.stringify({ say: request.turns.length }) }
    },
    decodeResponse(response) {
      const rest = events(async () => undefined)
      return {
        async next() {
          const bytes = await response.body.next()
          return bytes === undefined ? undefined : rest.splice(0, rest.length - 3 > 0 ? 1 : rest.length)
        },
        cancel: () => response.body.cancel(),
      }
    },
  }
}

const said = (): ResponseEvent[] => [
  { kind: 'start', model: 'words-1' },
  { kind: 'text-start', choice: 0, id: 'a' },
  { kind: 'text-delta', choice: 0, id: 'a', text: 'Hel' },
  { kind: 'native', choice: 0, native: { dialect: 'gemini', value: {} } },
  { kind: 'text-delta', choice: 0, id: 'a', text: 'lo' },
  { kind: 'text-end', choice: 0, id: 'a' },
  { kind: 'finish', choice: 0, finish: { unified: 'other', raw: 'SPENT' } },
  { kind: 'usage', usage },
  { kind: 'end' },
]

function bench(status = 200) {
  const calls: ProviderCall[] = []
  const seen: GenerateRequest[] = []
  let reads = 0
  let canceled = 0
  const provider: Provider = {
    name: 'words',
    dialects: ['gemini'],
    departures: { usageInStream: true, unbilledErrors: 'refusals' },
    async send(call) {
      calls.push(call)
      return {
        status,
        headers: new Headers({
          'content-type': 'application/json',
          'retry-after': '3',
          'content-length': '7',
        }),
        body: {
          next: async () => (++reads <= 7 ? new Uint8Array(1) : undefined),
          cancel: async () => {
            canceled++
          },
        },
        bytes: async () => Buffer.from('{"error":{"message":"slow down"}}'),
      }
    },
  }
  const providerFor = translator({
    providerOf: () => provider,
    codecs: [chat, wordy(said, seen)],
    clock: { now: () => 5000 },
    random: () => 0,
  })
  const ask = (body: object, attempt: Partial<Attempt> = {}) =>
    chatOperation(Buffer.from(JSON.stringify(body)), { providerFor, maxDepth: 64 }).attempt({
      target: { id: 'words/w', provider: 'words', model: 'w', traits: [], prices: [] },
      depth: 'content',
      ...attempt,
    } as Attempt)
  return { ask, calls, seen, reads: () => reads, canceled: () => canceled }
}

const messages = [{ role: 'user', content: 'hi' }]

async function all(next: () => Promise<ResponsePiece | undefined>) {
  const pieces: ResponsePiece[] = []
  for (let piece = await next(); piece; piece = await next()) pieces.push(piece)
  return { pieces, text: pieces.map(({ bytes }) => Buffer.from(bytes).toString()).join('') }
}

test('a stream comes in the client’s dialect, with usage, finish, model and losses as the provider told them', async () => {
  const { ask, calls, seen } = bench()
  const reply = await ask(
    { model: 'fast', messages, stream: true, seed: 7, prediction: { type: 'content' } },
    { outputCap: 50 },
  )
  expect(reply.losses).toEqual([
    { field: 'prediction', side: 'request' },
    { field: 'seed', side: 'request' },
  ])
  const { pieces, text } = await all(() => reply.next())
  expect(text).toContain('"delta":{"content":"Hel"}')
  expect(text).toEndWith('data: [DONE]\n\n')
  // the client did not ask for the usage event; money gets more than chat could say
  expect(text).not.toContain('"usage"')
  expect(pieces.findLast((piece) => piece.usage)?.usage).toEqual(usage)
  expect(pieces.findLast((piece) => piece.finish)?.finish).toEqual({ unified: 'other', raw: 'SPENT' })
  expect(pieces.find((piece) => piece.upstreamModel)?.upstreamModel).toBe('words-1')
  expect(
    pieces
      .flatMap((piece) => piece.pieces ?? [])
      .filter((piece) => piece.channel !== 'identifiers')
      .map((piece) => piece.text)
      .join(''),
  ).toBe('Hello')
  expect(reply.losses.at(-1)).toEqual({ field: 'native', side: 'response' })
  expect(calls[0]).toMatchObject({ dialect: 'gemini', path: '/words', isStreaming: true })
  expect(seen[0]).toMatchObject({ model: 'w', maxOutputTokens: 50, isStreaming: true })
})

test('a stream is pulled, and cancelling it reaches the provider', async () => {
  const { ask, reads, canceled } = bench()
  const reply = await ask({ model: 'fast', messages, stream: true })
  expect(reads()).toBe(0)
  await reply.next()
  expect(reads()).toBeLessThanOrEqual(3)
  await reply.cancel()
  expect(canceled()).toBe(1)
})

test('a whole answer is one piece with the told usage', async () => {
  const { ask } = bench()
  const { pieces, text } = await all((await ask({ model: 'fast', messages })).next)
  expect(JSON.parse(text).choices[0].message.content).toBe('Hello')
  expect(pieces.map((piece) => piece.usage)).toEqual([usage])
})

test('an error answer is worded for the client, and says when to come back', async () => {
  const reply = await bench(429).ask({ model: 'fast', messages })
  expect(reply.status).toBe(429)
  expect(reply.fault).toMatchObject({ kind: 'rate-limit', retryAfterMs: 3000, isUnbilled: true })
  const { text } = await all(() => reply.next())
  expect(JSON.parse(text).error).toMatchObject({ message: 'slow down', type: 'rate_limit_error' })
})

test('what would change the meaning is refused before anything is sent, by the client’s name for it', async () => {
  const { ask, calls } = bench()
  const refused = await ask({ model: 'fast', messages, n: 2 }).catch((thrown: unknown) => thrown)
  expect(refused).toBeInstanceOf(GatewayError)
  expect(refused).toMatchObject({ code: 'unsupported', details: { param: 'n' } })
  expect(calls).toHaveLength(0)
})
