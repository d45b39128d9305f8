// Embeddings between their two dialects: goldens as in matrix.test.ts, in goldens/embeddings; round trips;
// limits.
//
// After an intended change: `WRITE_GOLDENS=1 bun test test/translation/embeddings.test.ts`, then read the
// difference, line by line.

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { GatewayError } from '../../src/contract/errors.ts'
import {
  type EmbedInput,
  type EmbedRequest,
  fromBase64,
  toBase64,
} from '../../src/traffic/llm/canonical/embed/index.ts'
import { omitUndefined } from '../../src/traffic/llm/canonical/index.ts'
import { LossNotes } from '../../src/traffic/llm/losses/index.ts'
import type { EmbedDialect } from '../../src/traffic/llm/dialect.ts'
import { embedAnswers, embedRequests } from './cases/embeddings.ts'
import { compact } from './compact.ts'
import { embedCodecs, otherOf, translateEmbedding } from './embed-pairs.ts'
import { embedDialects } from '../../src/traffic/llm/dialect.ts'

const isWriting = process.env['WRITE_GOLDENS'] === '1'
const folder = new URL('goldens/embeddings/', import.meta.url).pathname

function golden(name: string, value: unknown): void {
  const text = `${compact(value)}\n`
  const path = `${folder}${name}.json`
  if (isWriting) {
    mkdirSync(folder, { recursive: true })
    return writeFileSync(path, text)
  }
  expect(text).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '(no golden yet)')
}

async function orRefusal<Value>(
  made: Promise<Value>,
): Promise<Value | { refused: string; param: unknown; code: string }> {
  try {
    return await made
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    return { refused: thrown.message, param: thrown.details['param'], code: thrown.code }
  }
}

/** As many vectors as there are inputs. */
const plain = (dialect: EmbedDialect, inputs: number) => ({
  body:
    dialect === 'openai-embeddings'
      ? { data: Array.from({ length: inputs }, (_, index) => ({ index, embedding: [1] })) }
      : { embeddings: Array.from({ length: inputs }, () => ({ values: [1] })) },
})

const inputsOf = (request: object): number => {
  const list = 'input' in request ? request.input : 'requests' in request ? request.requests : undefined
  return Array.isArray(list) && typeof list[0] !== 'number' ? list.length : 1
}

describe('a request', () => {
  test.each(Object.keys(embedRequests))('%s', async (name) => {
    const shown: Record<string, unknown> = {}
    for (const front of embedDialects) {
      const asked = embedRequests[name]?.[front]
      if (!asked) continue
      const made = await orRefusal(translateEmbedding(front, asked, plain(otherOf(front), inputsOf(asked))))
      shown[`from ${front}`] = {
        request: asked,
        [`to ${otherOf(front)}`]:
          'refused' in made ? made : { ...made.upstream, lost: made.losses.map(({ field }) => field) },
      }
    }
    golden(`request-${name}`, shown)
  })
})

const two: Readonly<Record<EmbedDialect, object>> = {
  'openai-embeddings': { model: 'model', input: ['Hello there', 'Hi'] },
  'gemini-embeddings': {
    requests: [{ content: { parts: [{ text: 'Hello there' }] } }, { content: { parts: [{ text: 'Hi' }] } }],
  },
}

describe('a response', () => {
  test.each(Object.keys(embedAnswers))('%s', async (name) => {
    const shown: Record<string, unknown> = {}
    for (const back of embedDialects) {
      const response = embedAnswers[name]?.[back]
      if (!response) continue
      const front = otherOf(back)
      const made = await orRefusal(translateEmbedding(front, two[front], response))
      if ('refused' in made) shown[`from ${back}`] = { answer: response, [`for ${front}`]: made }
      else {
        const { usage, upstreamModel, fault } = made.told
        const retryAfter = made.headers.get('retry-after') ?? undefined
        const received = omitUndefined({
          status: made.status === 200 ? undefined : made.status,
          'retry-after': retryAfter,
          reply: made.reply,
        })
        shown[`from ${back}`] = {
          answer: response,
          [`for ${front}`]: received,
          told: { usage, upstreamModel, fault },
        }
      }
    }
    golden(`answer-${name}`, shown)
  })
})

test('every embeddings golden has its case', () => {
  const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ''))
  const names = [
    ...Object.keys(embedRequests).map((name) => `request-${name}`),
    ...Object.keys(embedAnswers).map((name) => `answer-${name}`),
  ]
  expect(files.toSorted()).toEqual(names.toSorted())
})

test('base64 for a client that requests it contains exactly the float32 values', async () => {
  const values = [Math.fround(0.1), -0.25, 1, 0]
  const asked = { model: 'model', input: 'Hi', encoding_format: 'base64' }
  const { reply } = await translateEmbedding('openai-embeddings', asked, {
    body: { embeddings: [{ values }] },
  })
  const [first] = (reply as { data: { embedding: string }[] }).data
  const bytes = Buffer.from(first?.embedding ?? '', 'base64')
  expect(values.map((_, index) => bytes.readFloatLE(index * 4))).toEqual(values)
})

test('float32 values in base64 are decoded exactly, and other data is rejected', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 50 }), (vector) => {
      expect(fromBase64(toBase64(vector))).toEqual(vector)
    }),
  )
  for (const text of ['AAA=', 'AAAA', '****', 'AACAPg=====', 'AACA Pg=='])
    expect(fromBase64(text)).toBeUndefined()
})

test.each([
  ['openai-embeddings', 100, 101, /"input" cannot be carried .*101 inputs; at most 100 /],
  ['gemini-embeddings', 2048, 2049, /"requests" cannot be carried .*2049 inputs; at most 2048 /],
] as const)(
  '%s: as many inputs as the other vendor takes, and no more',
  async (front, most, tooMany, refusal) => {
    const asking = (inputs: number) =>
      front === 'openai-embeddings'
        ? { model: 'model', input: Array.from({ length: inputs }, (_, index) => `text ${index}`) }
        : {
            requests: Array.from({ length: inputs }, (_, index) => ({
              content: { parts: [{ text: `text ${index}` }] },
            })),
          }
    await translateEmbedding(front, asking(most), plain(otherOf(front), most))
    const refused = await orRefusal(
      translateEmbedding(front, asking(tooMany), plain(otherOf(front), tooMany)),
    )
    expect(refused).toMatchObject({ code: 'unsupported', refused: expect.stringMatching(refusal) })
  },
)

const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
const shared = fc.record({ dimensions: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }) })

/** Values that both sides can express. */
const requestOf: Readonly<Record<EmbedDialect, fc.Arbitrary<EmbedRequest>>> = {
  'openai-embeddings': fc
    .tuple(
      shared,
      fc.option(text, { nil: undefined }),
      fc.array(fc.oneof(text, fc.array(fc.nat(), { minLength: 1 })), { minLength: 1 }),
    )
    .filter(([, , inputs]) => new Set(inputs.map((each) => typeof each)).size === 1)
    .map(([more, user, inputs]) => ({
      model: 'model',
      inputs: inputs.map(
        (each): EmbedInput => ({
          parts: [typeof each === 'string' ? { kind: 'text', text: each } : { kind: 'tokens', ids: each }],
          ...omitUndefined(more),
        }),
      ),
      ...omitUndefined({ user }),
    })),
  'gemini-embeddings': fc
    .array(
      fc.record({
        parts: fc.array(text, { minLength: 1, maxLength: 3 }),
        taskType: fc.option(fc.constantFrom('RETRIEVAL_QUERY', 'CLUSTERING'), { nil: undefined }),
        title: fc.option(text, { nil: undefined }),
        dimensions: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((inputs) => ({
      model: 'model',
      inputs: inputs.map(
        ({ parts, ...more }): EmbedInput => ({
          parts: parts.map((each) => ({ kind: 'text', text: each })),
          ...omitUndefined(more),
        }),
      ),
    })),
}

test.each(embedDialects)(
  '%s: an embeddings request survives encoding and decoding without loss',
  (dialect) => {
    const codec = embedCodecs[dialect]
    fc.assert(
      fc.property(requestOf[dialect], (request) => {
        const notes = new LossNotes({
          front: codec.table,
          back: codec.table,
          backDialect: dialect,
          target: 'inside/model',
        })
        const { path, body } = codec.encodeRequest(request, {
          notes,
          departures: { usageInStream: true, unbilledErrors: 'none' },
          target: { model: 'model' },
        })
        expect(codec.decodeRequest({ path, body, headers: [], isStreaming: false }, notes).request).toEqual(
          request,
        )
        expect(notes.losses).toEqual([])
      }),
    )
  },
)

test.each(embedDialects)('%s: an embeddings response survives encoding and decoding', (dialect) => {
  const codec = embedCodecs[dialect]
  const request = JSON.stringify(two[dialect])
  const path = dialect === 'gemini-embeddings' ? '/v1beta/models/model:batchEmbedContents' : '/embeddings'
  const notes = new LossNotes({
    front: codec.table,
    back: codec.table,
    backDialect: dialect,
    target: 'inside/model',
  })
  const vector = fc.array(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(vector, vector, fc.nat(), (one, other, inputTokens) => {
      const received = {
        ...(dialect === 'openai-embeddings' && { model: 'text-embedding-3-small' }),
        vectors: [one, other],
        usage: { inputTokens, outputTokens: 0 },
      }
      const written = codec.encodeResponse(
        received,
        codec.decodeRequest({ path, body: request, headers: [], isStreaming: false }, notes).responseSeed,
      )
      expect(codec.decodeResponse(Buffer.from(written), 2)).toEqual(received)
    }),
  )
})
