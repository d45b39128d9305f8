// A long request is read in steps. Reading in steps finds the same as reading at once, other work continues
// in between, and nothing is read twice. The tests count steps, so a busy machine does not affect them.

import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { Operation } from '../../../contract/operation.ts'
import { messagesOperation } from '../dialects/anthropic-messages/operation.ts'
import { embedOperation } from '../dialects/gemini/embeddings/operation.ts'
import { generateOperation } from '../dialects/gemini/operation.ts'
import { responseDialect } from '../dialects/openai-chat/response/view.ts'
import { chatOperation } from '../dialects/openai-chat/operation.ts'
import { embeddingsOperation } from '../dialects/openai-embeddings/operation.ts'
import { responsesOperation } from '../dialects/openai-responses/operation.ts'
import { viewResponses } from '../dialects/openai-responses/request/view.ts'
import { scanSlice } from '../../../kit/json-slices.ts'
import { scan } from '../../../kit/json-spans.ts'
import type { Steps } from '../../../kit/steps.ts'
import { unlistedNode } from '../../wire/fields/tree.ts'
import { walkFieldsInSteps } from '../../wire/fields/walk.ts'
import { checkLongBody } from '../../wire/body.ts'
import { oneChunk } from '../../wire/response-form.ts'
import type { Provider } from '../provider.ts'
import { referencesInSteps } from './references.ts'
import { readResponse } from './response.ts'

// steps are counted and not timed; a busy machine takes long for megabytes
setDefaultTimeout(60_000)

const options = {
  maxDepth: 64,
  providerFor: () => {
    throw new Error('nothing is sent here')
  },
}
const many = <Value>(make: (index: number) => Value) =>
  Array.from({ length: 6000 }, (_, index) => make(index))
const text = (index: number) =>
  `message ${index} says "hé" to ada@example.com, and more than that ${'.'.repeat(40)}`
/** Unlisted fields: texts, identifiers, long numbers, media, other models. */
const rest = {
  metadata: { note: text(1) },
  other: many((index) => ({ a: [text(index), 4111111111111111 + index], b: { model: 'gpt-9' } })),
  file_id: 'file-1',
}
const image = `data:image/png;base64,${'AAAA'.repeat(60_000)}`
const address = { model: 'm', method: 'generateContent' } as const

const requests: Readonly<Record<string, [body: object, make: (body: Uint8Array) => Operation]>> = {
  'openai-chat': [
    {
      model: 'm',
      messages: many((index) => ({
        role: index % 3 === 0 ? 'system' : 'user',
        content:
          index % 2 === 0
            ? text(index)
            : [
                { type: 'text', text: text(index) },
                { type: 'image_url', image_url: { url: index === 7 ? image : 'https://x.example/y.png' } },
              ],
      })),
      ...rest,
    },
    (body) => chatOperation(body, options),
  ],
  'openai-responses': [
    {
      model: 'm',
      input: many((index) => ({ role: 'user', content: [{ type: 'input_text', text: text(index) }] })),
      ...rest,
    },
    (body) => responsesOperation(viewResponses(body, options), options, {}),
  ],
  'anthropic-messages': [
    {
      model: 'm',
      max_tokens: 5,
      system: text(0),
      messages: many((index) => ({ role: 'user', content: text(index) })),
      ...rest,
    },
    (body) => messagesOperation(body, options),
  ],
  gemini: [
    { contents: many((index) => ({ role: 'user', parts: [{ text: text(index) }] })), ...rest },
    (body) => generateOperation(body, { ...address }, options),
  ],
  'openai-embeddings': [
    { model: 'm', input: many(text), ...rest },
    (body) => embeddingsOperation(body, options),
  ],
  'gemini-embeddings': [
    {
      requests: many((index) => ({ model: 'models/m', content: { parts: [{ text: text(index) }] } })),
      ...rest,
    },
    (body) => embedOperation(body, { ...address, method: 'batchEmbedContents' }, options),
  ],
}

/** All properties that the gateway reads from a request. */
const asked = (operation: Operation) => ({
  facts: operation.facts,
  demand: operation.demand('openai/m'),
  references: operation.references?.('openai/m'),
  content: contentOf(operation),
})

function contentOf(operation: Operation) {
  const { pieces, ...rest } = operation.content()
  return {
    ...rest,
    pieces: pieces.map(({ fieldAt, ...piece }) => ({ ...piece, isFixed: fieldAt !== undefined })),
  }
}

describe.each(Object.entries(requests))('a long request: %s', (_dialect, [request, make]) => {
  const body = () => Buffer.from(JSON.stringify(request))

  test('gives the same result when it is read in steps with pauses', async () => {
    const bytes = body()
    const operation = make(bytes)
    let pauses = 0
    const pause = async () => void (pauses += 1)
    await operation.readAhead?.('facts', pause)
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(bytes.length / scanSlice))
    await operation.readAhead?.('content', pause)
    expect(pauses).toBeGreaterThanOrEqual(Math.floor((bytes.length / scanSlice) * 3) + Math.floor(6000 / 256))
    expect(asked(operation)).toEqual(asked(make(body())))
  })

  test('is not read twice', async () => {
    const bytes = body()
    await checkLongBody(bytes, options, async () => {})
    const operation = make(bytes)
    await operation.readAhead?.('content', async () => {})
    bytes.fill(0x20)
    expect(contentOf(operation).pieces).toEqual(contentOf(make(body())).pieces)
  })

  test('gives the same body after edits, and checks the new body in slices', async () => {
    const [channel = ''] = make(body())
      .content()
      .pieces.flatMap((piece) => (piece.text.includes('ada@example.com') ? [piece.channel] : []))
    const edits = [{ channel, start: 0, end: 7, replacement: '[gone]' }]
    let pauses = 0
    const edited = await make(body()).editLong?.(edits, async () => void (pauses += 1))
    expect(edited && contentOf(edited)).toEqual(contentOf(make(body()).edit(edits)))
    expect(edited && contentOf(edited)).not.toEqual(contentOf(make(body())))
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(body().length / scanSlice))
  })

  test('is not read further when the pause rejects', async () => {
    const left = new Error('left')
    let pauses = 0
    const reading = make(body()).readAhead?.('facts', async () => {
      if (++pauses === 2) throw left
    })
    expect(await reading?.catch((thrown: unknown) => thrown)).toBe(left)
    expect(pauses).toBe(2)
  })
})

test('the walk over fields and that over references pause by themselves', () => {
  const document = scan(
    JSON.stringify({
      model: 'm',
      file_id: 'file-1',
      list: Array.from({ length: 40_000 }, (_, index) => ({ text: `text ${index}` })),
    }),
    options,
  )
  const count = (steps: Steps<unknown>) => {
    let pauses = 0
    while (steps.next().done !== true) pauses++
    return pauses
  }
  const fields = count(walkFieldsInSteps(document, { root: unlistedNode, isRead: true }))
  expect(fields).toBe(Math.floor(document.bytes.length / scanSlice))
  expect(fields).toBeGreaterThan(2)
  const table = {
    opaque: new Set<string>(),
    conversation: new Set<string>(),
    localIds: new Set<string>(),
    state: {},
  }
  const own = { model: 'm', span: document.members.get('model') }
  expect(count(referencesInSteps(document, own, table))).toBeGreaterThanOrEqual(Math.floor(40_000 / 256))
})

test.each(['meter', 'content'] as const)(
  'a long response is read in steps at depth %s, and is the same',
  async (depth) => {
    const body = () =>
      Buffer.from(
        JSON.stringify({
          model: 'm',
          choices: [
            {
              index: 0,
              finish_reason: 'stop',
              message: { role: 'assistant', content: text(0).repeat(3000) },
            },
          ],
          other: many(text),
        }),
      )
    const read = async (pause?: () => Promise<void>) => {
      const bytes = body()
      const headers = new Headers({ 'content-type': 'application/json' })
      const response = { status: 200, headers, body: oneChunk(bytes), bytes: async () => bytes }
      const provider = {
        name: 'p',
        dialects: ['openai-chat'],
        departures: { usageInStream: true, unbilledErrors: 'none' },
      } as unknown as Provider
      const reply = await readResponse(response, {
        dialect: responseDialect,
        provider,
        depth,
        isStreaming: false,
        swallowsUsage: false,
        ...(pause && { pause }),
      })
      return reply.next()
    }
    let pauses = 0
    const piece = await read(async () => void (pauses += 1))
    expect(pauses).toBeGreaterThanOrEqual(
      Math.floor(body().length / scanSlice) * (depth === 'content' ? 2 : 1),
    )
    const known = await read()
    expect(JSON.stringify(piece?.pieces)).toBe(JSON.stringify(known?.pieces))
    expect([piece?.outputLength, piece?.finish, piece?.edit === undefined]).toEqual([
      known?.outputLength,
      known?.finish,
      depth === 'meter',
    ])
    const left = new Error('left')
    expect(await read(() => Promise.reject(left)).catch((thrown: unknown) => thrown)).toBe(left)
  },
)

test('a short request is read at once', () => {
  expect(chatOperation(Buffer.from('{"model":"m","messages":[]}'), options).readAhead).toBeUndefined()
})
