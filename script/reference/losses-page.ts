// docs/reference/losses.md: what happens to every field of a request at a provider of another dialect, from the
// table of losses.

import type { AnyCodec } from '../../src/traffic/llm/canonical/index.ts'
import { codec as anthropicMessages } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import {
  codec as gemini,
  embedCodec as geminiEmbeddings,
} from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as openaiChat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as openaiEmbeddings } from '../../src/traffic/llm/dialects/openai-embeddings/index.ts'
import { codec as openaiResponses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import { embedFields } from '../../src/traffic/llm/canonical/embed/fields.ts'
import { generateFields } from '../../src/traffic/llm/canonical/fields.ts'
import { canonicalFields, fieldsIn, outcomeAt } from '../../src/traffic/llm/fields/index.ts'
import type { CanonicalField, DialectTable, Meaning } from '../../src/traffic/llm/fields/index.ts'
import type { LimitedField } from '../../src/traffic/llm/losses/index.ts'
import type { Dialect } from '../../src/traffic/llm/dialect.ts'
import { describeLimit } from './limits.ts'

interface Family {
  codecs: readonly AnyCodec[]
  fields: readonly CanonicalField[]
}

const isField = (name: string): name is CanonicalField => name in canonicalFields
const generate: Family = {
  codecs: [openaiChat, openaiResponses, anthropicMessages, gemini],
  fields: Object.keys(generateFields).filter(isField),
}
const embed: Family = {
  codecs: [openaiEmbeddings, geminiEmbeddings],
  fields: Object.keys(embedFields).filter(isField),
}

const titles: Readonly<Record<Dialect, string>> = {
  'openai-chat': 'OpenAI chat',
  'openai-responses': 'OpenAI Responses',
  'anthropic-messages': 'Anthropic Messages',
  gemini: 'Gemini',
  'openai-embeddings': 'OpenAI embeddings',
  'gemini-embeddings': 'Gemini embeddings',
}

export function lossesPage(): string {
  return `# What a translation loses

Generated from the table of losses by \`script/reference.ts\`.

If the provider supports the client's dialect, the request is sent byte for byte, except for the model's name, and this page does not apply. Otherwise the
request is translated, and each field is one of these:

- **carried**: the provider gets the same setting in its own dialect.
- **lost**: a hint that the provider's dialect does not have. The call continues; the header \`x-gatehouse-losses\` and the record (\`losses\`) name the field.
- **refused**: without the field the response would have another meaning. Gatehouse does not call this target, and tries the model's next one. If none is left, the
  client gets a 400 \`unsupported\` that names the field.

A field that no table knows is lost, and named. \`[type=…]\` selects elements of a list by their type. A carried field may have a value that the provider's dialect does not support (a fifth stop text).
Then the column "not carried" under [Meaning](#meaning) applies. Blocks that only one vendor understands (server tools, encrypted reasoning, uploaded files) go only to providers of that vendor's
dialect.

${endpoints(generate)}
## Meaning

${meanings(generate)}
## Values

The values of carried fields that vendors document as allowed. [Providers](providers.md) lists compatible vendors with other limits. The table also states how Gatehouse fits a value outside of its
limit. Without such a statement, the column "not carried" under [Meaning](#meaning) applies. The substitute for an id is made from its hash, so a call and its result get the same substitute.

${limitsTable(generate)}
${endpoints(embed)}
## Meaning of the fields of embeddings

${meanings(embed)}`
}

const endpoints = (family: Family): string => family.codecs.map((codec) => endpoint(codec, family)).join('\n')

const meanings = ({ codecs, fields }: Family): string =>
  `The meaning of the fields, what happens if they are not carried, and the dialects that carry them. A field that is bound to a vendor is carried only to the same dialect.

| meaning | not carried | ${codecs.map(({ dialect }) => titles[dialect]).join(' | ')} |
|---|---|${'---|'.repeat(codecs.length)}
${fields.map((field) => meaningRow(field, codecs)).join('\n')}
`

const limitsTable = ({ codecs }: Family): string => {
  const names = [...new Set(codecs.flatMap(({ table }) => Object.keys(table.limits ?? {})))].filter(
    (name): name is LimitedField => name !== '',
  )
  const cell = (name: LimitedField, { limits = {} }: DialectTable) => {
    const limit = limits[name]
    return limit ? `${describeLimit(limit)} ([source](${limit.source}))` : ''
  }
  return `| value | ${codecs.map(({ dialect }) => titles[dialect]).join(' | ')} |
|---|${'---|'.repeat(codecs.length)}
${names.map((name) => `| \`${name}\` | ${codecs.map(({ table }) => cell(name, table)).join(' | ')} |`).join('\n')}
`
}

/** Is it a field that only its own dialect understands? No other carries it, whatever its table says. */
const isOwned = (field: CanonicalField): boolean => 'ownedBy' in canonicalFields[field]

function endpoint({ dialect, table }: AnyCodec, { codecs }: Family): string {
  const others = codecs.filter((codec) => codec.dialect !== dialect)
  const rows = rowsOf(table)
  const named = (...kinds: Meaning[]) =>
    rows.filter(([, means]) => kinds.includes(means)).map(([name]) => `\`${name}\``)
  const carried = named('structure', 'verbatim')
  const ignored = named('ignored')
  const decided = rows.filter(
    ([, means]) => means !== 'structure' && means !== 'verbatim' && means !== 'ignored',
  )
  const lines = decided.map(
    ([name, means]) =>
      `| \`${name}\` | ${others.map((other) => outcomeFor(means, other.table)).join(' | ')} |`,
  )
  return `## Clients of ${titles[dialect]}

Always carried: ${carried.join(', ')}.
${ignored.length === 0 ? '' : `\nWithout a meaning in other dialects: ${ignored.join(', ')}.\n`}
| field | ${others.map((other) => `to ${titles[other.dialect]}`).join(' | ')} |
|---|${'---|'.repeat(others.length)}
${lines.join('\n')}
`
}

function outcomeFor(means: Meaning, target: DialectTable): string {
  const fields = fieldsIn(means)
  const [first] = fields
  if (first === undefined) return outcomeAt(means, target)
  const others = fields.filter((field) => !isOwned(field))
  return others.length > 0 ? outcomeAt(others, target) : canonicalFields[first].whenMissing
}

/** The rows, and the fields that have a name in the dialect but no row. */
function rowsOf({ rows, names }: DialectTable): [string, Meaning][] {
  const decided = Object.entries(rows).flatMap(([path, { means }]): [string, Meaning][] =>
    means === undefined ? [] : [[path, means]],
  )
  const known = new Set(decided.map(([path]) => path))
  const named = new Map<string, CanonicalField[]>()
  for (const [field, path] of Object.entries(names)) {
    if (isField(field) && !known.has(path)) named.set(path, [...(named.get(path) ?? []), field])
  }
  return [...decided, ...named].toSorted(([one], [other]) => (one < other ? -1 : 1))
}

function meaningRow(field: CanonicalField, codecs: Family['codecs']): string {
  const { whenMissing, meaning } = canonicalFields[field]
  return `| ${meaning} | ${whenMissing} | ${codecs.map(({ table }) => outcomeAt(field, table)).join(' | ')} |`
}
