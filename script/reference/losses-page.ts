// docs/reference/losses.md: what becomes of every field of a request at a provider of another dialect, from
// the table of losses.

import type { AnyCodec } from '../../src/traffic/llm/canonical/index.ts'
import { codec as anthropicMessages } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import {
  codec as gemini,
  embedCodec as geminiEmbeddings,
} from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as openaiChat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as openaiEmbeddings } from '../../src/traffic/llm/dialects/openai-embeddings/index.ts'
import { codec as openaiResponses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import { canonicalFields, embedFields, fateOf, generateFields } from '../../src/traffic/llm/losses/index.ts'
import type { CanonicalField, DialectTable, LimitedField, Row } from '../../src/traffic/llm/losses/index.ts'
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

Where a provider speaks the client's dialect the request goes out byte for byte, but for the model's name, and nothing on this page applies. Else the
request is translated, and each field has one of three fates:

- **carried**: the provider is told the same in its own words.
- **lost**: a hint that the provider's dialect cannot say. The call goes on; the header \`x-gatehouse-losses\` and the record (\`losses\`) name the field.
- **refused**: without it the answer would mean something else. This target is not called; the next target of the model is tried, and where none is left the
  client gets a 400 \`unsupported\` that names the field.

A field that no table knows is lost, and named. \`[type=…]\` are elements of a list by their kind. A carried field may still have a value that the provider's dialect has no word for (a fifth stop text): then its
fate is the one under [Meaning](#meaning). Blocks that only one vendor understands (server tools, encrypted reasoning, files uploaded before) go back to a provider of that vendor's
dialect, and nowhere else.

${doors(generate)}
## Meaning

${meanings(generate)}
## Values

What the values of carried fields may be, where the vendor says so. Compatible vendors that take other values are listed in [Providers](providers.md). A value beyond is
fitted as the table says; where it says nothing else, the field has the fate under [Meaning](#meaning). A substitute for an id is made of its hash: the same for the same id, in a call and in its result.

${limitsTable(generate)}
${doors(embed)}
## Meaning of the fields of embeddings

${meanings(embed)}`
}

const doors = (family: Family): string => family.codecs.map((codec) => door(codec, family)).join('\n')

const meanings = ({ codecs, fields }: Family): string =>
  `What the fields stand for, what happens where they are not carried, and which dialects have words for them (their own kind only, of what is bound to a vendor).

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

/**
 * What only the dialect that it comes from understands: no other carries it, whatever its table says of its
 * own.
 */
const bound: ReadonlySet<CanonicalField> = new Set([
  'native',
  'native-tool',
  'stored-media',
  'given-reasoning',
  'signature',
])

function door({ dialect, table }: AnyCodec, { codecs }: Family): string {
  const others = codecs.filter((codec) => codec.dialect !== dialect)
  const rows = rowsOf(table)
  const named = (...kinds: Row[]) =>
    rows.filter(([, row]) => kinds.includes(row)).map(([name]) => `\`${name}\``)
  const framed = named('frame', 'whole')
  const moot = named('moot')
  const decided = rows.filter(([, row]) => row !== 'frame' && row !== 'whole' && row !== 'moot')
  const lines = decided.map(
    ([name, row]) => `| \`${name}\` | ${others.map((other) => fateAt(row, other.table)).join(' | ')} |`,
  )
  return `## Clients of ${titles[dialect]}

Always carried: ${framed.join(', ')}.
${moot.length === 0 ? '' : `\nOf no meaning to anybody else: ${moot.join(', ')}.\n`}
| field | ${others.map((other) => `to ${titles[other.dialect]}`).join(' | ')} |
|---|${'---|'.repeat(others.length)}
${lines.join('\n')}
`
}

function fateAt(row: Row, target: DialectTable): string {
  if (typeof row === 'string')
    return isField(row) && bound.has(row) ? canonicalFields[row].fate : fateOf(row, target)
  const free = row.filter((field) => !bound.has(field))
  return free.length > 0
    ? fateOf(free, target)
    : fateOf(row.length > 0 ? canonicalFields[row[0] ?? 'native'].fate : 'lost', target)
}

/** Rows, then what has a name in the dialect without a row of its own. */
function rowsOf({ rows, names = {} }: DialectTable): [string, Row][] {
  const named = new Map<string, CanonicalField[]>()
  for (const [field, name] of Object.entries(names)) {
    if (isField(field) && !Object.hasOwn(rows, name)) named.set(name, [...(named.get(name) ?? []), field])
  }
  return [...Object.entries(rows), ...named].toSorted(([one], [other]) => (one < other ? -1 : 1))
}

function meaningRow(field: CanonicalField, codecs: Family['codecs']): string {
  const { fate, meaning } = canonicalFields[field]
  return `| ${meaning} | ${fate} | ${codecs.map(({ table }) => fateOf(field, table)).join(' | ')} |`
}
