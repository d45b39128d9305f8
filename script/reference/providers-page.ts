// docs/reference/providers.md: every kind of provider, and how compatible vendors depart from OpenAI's chat
// dialect.

import {
  type GenerateField,
  type Limits,
  generateFields,
  fateOf,
} from '../../src/traffic/llm/losses/index.ts'
import { describeLimit } from './limits.ts'
import { codec } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { providerKinds } from '../../src/traffic/llm/providers/index.ts'
import { type Vendor, vendors } from '../../src/traffic/llm/providers/vendors.ts'

export function providersPage(): string {
  const kinds = providerKinds.map(
    ({ kind, title, baseUrl, keyName, addressName, credential }) =>
      `| \`${kind}\` | ${title} | ${addressOf(baseUrl, addressName)} | ${keyOf(keyName, credential)} |`,
  )
  const known = vendors.filter(({ keyName, isLocal }) => keyName !== undefined || isLocal)
  const others = vendors.filter(
    (vendor) => !known.includes(vendor) && !providerKinds.some(({ title }) => title === vendor.title),
  )
  return `# Providers

Generated from the providers by \`script/reference.ts\`. Settings: [Configuration](config.md#providers).

With no configuration file there is one provider for each kind whose key is in the environment, under the kind's name.

| \`kind\` | what it is | default \`url\` | usual key |
|---|---|---|---|
${kinds.join('\n')}

## Compatible vendors

They speak OpenAI's chat dialect with departures. Clients of that dialect get their requests and answers through as they are: the vendor's own fields work, and what it refuses it refuses
itself. The exceptions are the model's name, a limit on the output under the name that the vendor knows, and the wish for usage in streams where it is taken. Requests of **other** dialects are said
the vendor's way, and what it does not take is lost or refused as [Translations](losses.md) says, beyond what OpenAI's chat dialect itself does not carry.

${known.map(section).join('\n')}
## Known by their address

\`kind: openai-compatible\` with one of these addresses (or the option \`vendor\`) has the vendor's prices and limits. Nothing else of them is known to depart: ${others
    .map(({ title, vendor, baseUrl }) => `${title} (\`${vendor}\`, \`${baseUrl}\`)`)
    .join(', ')}.
`
}

function addressOf(baseUrl: string | undefined, addressName: string | undefined): string {
  if (baseUrl !== undefined) return `\`${baseUrl}\``
  return addressName === undefined ? 'none: write it' : `none: write it, or \`${addressName}\` without a file`
}

function keyOf(keyName: string | undefined, credential: string): string {
  if (keyName !== undefined) return `\`${keyName}\``
  return credential === 'none' ? 'none needed' : ''
}

const limitsOf = (limits: Limits): string =>
  Object.entries(limits)
    .map(([field, limit]) => `${code(field)}: ${limit ? describeLimit(limit) : 'no limit'}`)
    .join('; ')

function section({ vendor, title, page = '', hosts = [], dialects = [], departures = {} }: Vendor): string {
  const {
    usageInStream = true,
    outputLimitField = 'max_completion_tokens',
    carries = {},
    limits = {},
    words = {},
  } = departures
  const fields = canonical.filter((field) => carries[field] !== undefined)
  const table = { ...codec.table, carries: { ...codec.table.carries, ...carries } }
  const ofFate = (fate: string) => fields.filter((field) => fateOf(field, table) === fate)
  const rows: [string, string][] = [
    ['documented at', page],
    ['other addresses', hosts.map(code).join(', ')],
    ['APIs', dialects.map(code).join(', ')],
    ['limit on the output', code(outputLimitField)],
    [
      'usage in streams',
      usageInStream
        ? 'when asked (`stream_options`), which Gatehouse does'
        : 'told unasked; `stream_options` is not sent',
    ],
    [
      'effort',
      words.efforts === undefined || words.efforts.length === 0 ? '' : words.efforts.map(code).join(', '),
    ],
    ['wish for reasoning', code(words.reasoning ?? 'reasoning_effort')],
    ['earlier reasoning', words.givenReasoning === undefined ? '' : code(words.givenReasoning)],
    [
      'seed, user, documents',
      [words.seed, words.user, words.documents]
        .flatMap((word) => (word === undefined ? [] : [code(word)]))
        .join(', '),
    ],
    [
      'JSON of any shape',
      words.json === undefined ? '' : `by ${code(words.json)} with \`{"type":"object"}\``,
    ],
    ['values', limitsOf(limits)],
    [
      'carried beyond the dialect',
      ofFate('carried')
        .filter((field) => codec.table.carries[field] !== 'carried')
        .map(code)
        .join(', '),
    ],
    ['lost', ofFate('lost').map(code).join(', ')],
    ['refused', ofFate('refused').map(code).join(', ')],
  ]
  const told = rows.filter(([, value]) => value !== '').map(([what, value]) => `| ${what} | ${value} |`)
  return `### ${title}\n\n\`kind: ${vendor}\`\n\n| | |\n|---|---|\n${told.join('\n')}\n`
}

const canonical = Object.keys(generateFields).filter(
  (field): field is GenerateField => field in generateFields,
)

const code = (text: string) => `\`${text}\``
