// Every field that an official SDK can send has a row in its dialect's table, at every depth, and the tables
// match the behavior: nothing is left out silently.

import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/contract/errors.ts'
import { canonicalFields, fieldsIn, outcomeAt } from '../../src/traffic/llm/fields/index.ts'
import type { CanonicalField, DialectTable } from '../../src/traffic/llm/fields/index.ts'
import { codec as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { codec as gemini } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as chat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as responses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { answers } from './cases/answers.ts'
import { translate } from './pairs.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { type Field, fieldsOf, samplesOf } from './sdk-fields.ts'
import { fitted, shapes } from './sdk-requests.ts'
import type { Shape } from './sdk-types.ts'

const tables: Readonly<Record<GenerateDialect, DialectTable>> = {
  'openai-chat': chat.table,
  'openai-responses': responses.table,
  'anthropic-messages': anthropic.table,
  gemini: gemini.table,
}

const all = (dialect: GenerateDialect, table = tables[dialect]) =>
  shapes[dialect]().flatMap((shape) => fieldsOf(shape, table))
const undecided = (fields: readonly Field[]) => [
  ...new Set(fields.filter(({ means }) => means === undefined).map(({ path }) => path)),
]

/** A minimum, so that a type reader that finds nothing is noticed. */
const least: Readonly<Record<GenerateDialect, number>> = {
  'openai-chat': 130,
  'openai-responses': 190,
  'anthropic-messages': 600,
  gemini: 130,
}

describe.each([...generateDialects])('%s', (dialect) => {
  test('every field of the official SDK’s requests has a row', () => {
    const fields = all(dialect)
    expect(undecided(fields)).toEqual([])
    expect(fields.length).toBeGreaterThan(least[dialect])
  })

  test.each(generateDialects.filter((other) => other !== dialect))(
    'a field has the effect at %s that its row describes',
    async (target) => {
      const wrong: string[] = []
      for (const field of all(dialect))
        for (const value of samplesOf(field.shape))
          wrong.push(...(await faultsOf(field, value, dialect, target)))
      expect([...new Set(wrong)]).toEqual([])
    },
  )
})

test('a missing row is noticed at every depth', () => {
  const rows = { ...chat.table.rows }
  const taken = [
    'seed',
    'messages[].content[].image_url.detail',
    'tools[].custom.format.grammar.syntax',
    'response_format.json_schema.strict',
  ]
  for (const name of taken) delete rows[name]
  const found = undecided(all('openai-chat', { ...chat.table, rows }))
  expect(found.map((path) => path.replaceAll(/\[type=\w+\]/g, '[]')).toSorted()).toEqual(taken.toSorted())
})

type Outcome =
  | { kind: 'refused' | 'invalid'; param: string }
  | { kind: 'sent'; lost: readonly string[]; body: string }

/** Differences from the row; empty if there are none. */
async function faultsOf(
  field: Field,
  value: unknown,
  dialect: GenerateDialect,
  target: GenerateDialect,
): Promise<string[]> {
  if (isMark(field.shape) || ofTheOperation.has(field.path) || isNothing(value) || isReference(field))
    return []
  if (holdsAnyway[target]?.includes(`${field.label}=${JSON.stringify(value)}`)) return []
  // in the older spelling it names the function
  if (field.path === 'messages[].name' && !field.isOptional) return []
  const made = await outcomeOf(field.build(value), dialect, target)
  const bare = await outcomeOf(field.build(other(value, field)), dialect, target)
  // the object around it is already refused
  if (made.kind === 'refused' && bare.kind === 'refused' && made.param === bare.param) return []
  const expected = expectedOf(field, value, target)
  const seen = seenIn(made, bare, namesOf(field, tables[dialect]))
  return expected.has(seen)
    ? []
    : [
        `${field.path} = ${JSON.stringify(value)}: ${seen}, not ${[...expected].join(' or ')} (${JSON.stringify(made).slice(0, 300)})`,
      ]
}

const isNothing = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isNothing)
    : typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** A discriminator: without it the object does not exist. */
const isMark = (shape: Shape) => shape.kind === 'word'

/** Written anew for every target. */
const ofTheOperation = new Set(['model', 'stream'])

/**
 * They connect a result with its call, or name the role or the search. Any other value means nothing, or
 * something else.
 */
const isReference = ({ label }: Field) =>
  /\.(?:tool_call_id|call_id|tool_use_id|functionResponse\.(?:id|name)|functionCall\.id|execution)$|^contents\[\]\.role$/.test(
    label,
  )

/** Settings that already apply there by default. */
const holdsAnyway: Readonly<Record<string, readonly string[]>> = {
  'openai-responses': ['thinking.display="omitted"', 'generationConfig.thinkingConfig.includeThoughts=false'],
}

/** The request to compare with: without the field, or with another value if the field is required. */
const other = (value: unknown, { isOptional }: Field) =>
  !isOptional && typeof value === 'string' ? `${value}2` : undefined

async function outcomeOf(
  built: unknown,
  dialect: GenerateDialect,
  target: GenerateDialect,
): Promise<Outcome> {
  const request = fitted[dialect](typeof built === 'object' && built !== null ? { ...built } : {})
  try {
    const { upstream, losses } = await translate(dialect, target, request, {
      answer: answers['text']?.[target] ?? { body: {} },
    })
    return { kind: 'sent', lost: losses.map((loss) => loss.field), body: JSON.stringify(upstream) }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || !['unsupported', 'bad-request'].includes(thrown.code))
      throw thrown
    return {
      kind: thrown.code === 'unsupported' ? 'refused' : 'invalid',
      param: String(thrown.details['param']),
    }
  }
}

type Seen = 'carried' | 'lost' | 'refused' | 'invalid' | 'silent'

function seenIn(made: Outcome, bare: Outcome, names: readonly string[]): Seen {
  if (made.kind !== 'sent') return made.kind
  if (made.lost.some((name) => names.includes(name))) return 'lost'
  if (bare.kind === 'sent' && made.lost.some((name) => !bare.lost.includes(name))) return 'lost'
  return bare.kind !== 'sent' || bare.body !== made.body ? 'carried' : 'silent'
}

/** Possible names for a loss of the field. */
const namesOf = ({ label, means }: Field, { names }: DialectTable) => [
  label,
  ...fieldsIn(means).flatMap((name) => names[name] ?? []),
]

function expectedOf({ means, defaults }: Field, value: unknown, target: GenerateDialect): Set<Seen> {
  if (defaults.has(JSON.stringify(value))) return new Set(['silent', 'carried'])
  if (means === undefined || means === 'structure' || means === 'verbatim')
    return new Set(['carried', 'lost', 'refused'])
  if (means === 'ignored') return new Set(['silent', 'carried'])
  if (means === 'lost' || means === 'refused') return new Set([means])
  const { carries } = tables[target]
  const fates = fieldsIn(means).map((name) =>
    'ownedBy' in canonicalFields[name] ? canonicalFields[name].whenMissing : outcomeAt(name, tables[target]),
  )
  // A value of a carried field may have no equivalent there: then the row of the field applies.
  const ownFates = fates.includes('carried')
    ? fieldsIn(means).map((name) => canonicalFields[name].whenMissing)
    : []
  // its members have their own rows
  if (typeof value === 'object') return new Set<Seen>([...fates, ...ownFates, 'carried', 'lost', 'refused'])
  const isFitted = fieldsIn(means).some((name) => isFittedWithLoss(name, target))
  const isImplied = fieldsIn(means).some((name) => carries[name] === 'implied')
  return new Set<Seen>([
    ...fates,
    ...ownFates,
    ...(isImplied ? (['silent'] as const) : []),
    ...(isFitted ? (['lost'] as const) : []),
  ])
}

/**
 * Values outside the vendor's range become the nearest allowed value, and the loss is named, whatever the row
 * of the field is.
 */
function isFittedWithLoss(name: CanonicalField, target: GenerateDialect): boolean {
  const limit = Object.entries(tables[target].limits ?? {}).find(([field]) => field === name)?.[1]
  return name === 'strict-tool' || (limit?.kind === 'range' && limit.beyond === 'nearest')
}
