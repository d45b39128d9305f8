// Every embeddings field that an official SDK can send has a row in its dialect's table, and the tables match
// the behavior.

import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/contract/errors.ts'
import { fieldsIn, outcomeAt } from '../../src/traffic/llm/fields/index.ts'
import type { DialectTable } from '../../src/traffic/llm/fields/index.ts'
import type { EmbedDialect } from '../../src/traffic/llm/dialect.ts'
import { embedCodecs, otherOf, translateEmbedding } from './embed-pairs.ts'
import { embedDialects } from '../../src/traffic/llm/dialect.ts'
import { type Field, fieldsOf, samplesOf } from './sdk-fields.ts'
import { objectsOf, type Shape, shapeOf } from './sdk-types.ts'

const genai = '@google/genai/dist/genai.d.ts'

/** The SDK does not send it. */
const ofTheSdk = new Set(['httpOptions', 'abortSignal'])

const shapes: Readonly<Record<EmbedDialect, readonly Shape[]>> = {
  'openai-embeddings': [shapeOf('openai/resources/embeddings.d.ts', 'EmbeddingCreateParams')],
  'gemini-embeddings': [
    geminiRequest(),
    { kind: 'object', members: new Map([['requests', listOf(geminiRequest)]]) },
  ],
}

/**
 * The SDK takes contents and settings apart. This is the request that it sends for each, with the settings at
 * the place that the API currently expects.
 */
function geminiRequest(): Shape {
  const [settings] = objectsOf(shapeOf(genai, 'EmbedContentConfig'))
  if (!settings) throw new Error('the SDK has no settings')
  const kept = [...settings.members].filter(([name]) => !ofTheSdk.has(name))
  return {
    kind: 'object',
    members: new Map([
      ['model', { isOptional: true, shape: (): Shape => ({ kind: 'text' }) }],
      ['content', { isOptional: false, shape: () => shapeOf(genai, 'Content') }],
      ...kept,
      [
        'embedContentConfig',
        { isOptional: true, shape: (): Shape => ({ kind: 'object', members: new Map(kept) }) },
      ],
    ]),
  }
}

function listOf(shape: () => Shape) {
  return { isOptional: false, shape: (): Shape => ({ kind: 'list', of: shape }) }
}

const all = (dialect: EmbedDialect, table: DialectTable = embedCodecs[dialect].table) =>
  shapes[dialect].flatMap((shape) => fieldsOf(shape, table))
const undecided = (fields: readonly Field[]) => [
  ...new Set(fields.filter(({ means }) => means === undefined).map(({ path }) => path)),
]
const least: Readonly<Record<EmbedDialect, number>> = { 'openai-embeddings': 4, 'gemini-embeddings': 60 }

describe.each(embedDialects)('%s', (dialect) => {
  test('every embeddings field of the official SDK’s requests has a row', () => {
    const fields = all(dialect)
    expect(undecided(fields)).toEqual([])
    expect(fields.length).toBeGreaterThan(least[dialect])
  })

  test('an embeddings field has the effect in the other dialect that its row describes', async () => {
    const wrong: string[] = []
    for (const field of all(dialect)) {
      for (const value of samplesOf(field.shape)) {
        const seen = await seenOf(field, value, dialect)
        const expected = expectedOf(field, value, dialect)
        if (!expected.includes(seen))
          wrong.push(`${field.path} = ${JSON.stringify(value)}: ${seen}, not ${expected.join(' or ')}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

test('a missing row of an embeddings field is noticed', () => {
  const { table } = embedCodecs['gemini-embeddings']
  const rows = { ...table.rows }
  const taken = ['taskType', 'requests[].content.parts[].videoMetadata']
  for (const name of taken) delete rows[name]
  expect(undecided(all('gemini-embeddings', { ...table, rows }))).toEqual(taken)
})

type Seen = 'carried' | 'lost' | 'refused' | 'silent'

async function seenOf(field: Field, value: unknown, dialect: EmbedDialect): Promise<Seen> {
  const made = await outcomeOf(field.build(value), dialect)
  if (made === 'refused') return 'refused'
  // the top-level field cannot be left out; its members are checked one by one
  if (!field.isOptional && typeof value !== 'string') return 'carried'
  const bare = await outcomeOf(field.build(field.isOptional ? undefined : `${String(value)}2`), dialect)
  if (bare === 'refused') return 'carried'
  if (made.lost.some((name) => !bare.lost.includes(name))) return 'lost'
  return made.body === bare.body ? 'silent' : 'carried'
}

async function outcomeOf(
  built: unknown,
  dialect: EmbedDialect,
): Promise<'refused' | { lost: readonly string[]; body: string }> {
  const request = fitted(built)
  const inputs =
    'input' in request && Array.isArray(request['input']) && typeof request['input'][0] !== 'number'
      ? request['input'].length
      : 1
  const vectors = Array.from({ length: inputs }, () => ({ values: [1], embedding: [1] }))
  try {
    const response = { body: dialect === 'openai-embeddings' ? { embeddings: vectors } : { data: vectors } }
    const { upstream, losses } = await translateEmbedding(dialect, request, response)
    return { lost: losses.map((loss) => loss.field), body: JSON.stringify(upstream) }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.code !== 'unsupported') throw thrown
    return 'refused'
  }
}

/** Media need a type, and every content needs something to embed. */
function fitted(built: unknown): Record<string, unknown> {
  const text = JSON.stringify(built, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if (key === 'inlineData') return { mimeType: 'image/png', data: 'iVBORw0KGgo=', ...value }
    if (key === 'fileData') return { mimeType: 'image/png', fileUri: 'https://example.com/a.png', ...value }
    if (key === 'content')
      return {
        ...value,
        parts: [{ text: 'Hi' }, ...('parts' in value && Array.isArray(value.parts) ? value.parts : [])],
      }
    return value
  })
  return JSON.parse(text)
}

function expectedOf({ means, path }: Field, value: unknown, dialect: EmbedDialect): readonly Seen[] {
  if (means === undefined || means === 'ignored') return ['silent']
  if (means === 'lost' || means === 'refused') return [means]
  // token ids are one of its forms
  if (path === 'input')
    return Array.isArray(value) && typeof [value[0]].flat()[0] === 'number' ? ['refused'] : ['carried']
  if (path.endsWith('.text')) return ['carried', 'lost']
  if (means === 'structure' || means === 'verbatim') return ['carried', 'lost', 'refused', 'silent']
  return fieldsIn(means).map((field) => outcomeAt(field, embedCodecs[otherOf(dialect)].table))
}
