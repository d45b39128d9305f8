// docs/reference/providers.md: every kind of provider, and how compatible vendors deviate from OpenAI's chat
// dialect.

import { type GenerateField, generateFields } from '../../src/traffic/llm/canonical/fields.ts'
import { outcomeAt } from '../../src/traffic/llm/fields/index.ts'
import type { Limits } from '../../src/traffic/llm/losses/index.ts'
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

Without a configuration file there is one provider for each kind whose key is in the environment. Its name is that of the kind.

| \`kind\` | what it is | default \`url\` | usual key |
|---|---|---|---|
${kinds.join('\n')}

## Compatible vendors

These vendors use OpenAI's chat dialect with deviations. Requests and responses of clients of that dialect pass unchanged: the vendor's own fields work, and the vendor itself refuses what it does not
support. Gatehouse changes only the model's name, the name of the output limit, and the request for usage in streams (if the vendor supports it). Requests of **other** dialects are translated to the
vendor's form. Fields that the vendor does not support are lost or refused, in addition to those that OpenAI's chat dialect does not carry ([What a translation loses](losses.md)).

${known.map(section).join('\n')}
## Known by their address

\`kind: openai-compatible\` with one of these addresses (or the option \`vendor\`) has the vendor's prices and limits. No other deviations of these vendors are known: ${others
    .map(({ title, vendor, baseUrl }) => `${title} (\`${vendor}\`, \`${baseUrl}\`)`)
    .join(', ')}.
`
}

function addressOf(baseUrl: string | undefined, addressName: string | undefined): string {
  if (baseUrl !== undefined) return `\`${baseUrl}\``
  return addressName === undefined ? 'none: required' : `none: required, or \`${addressName}\` without a file`
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
  const withOutcome = (outcome: string) => fields.filter((field) => outcomeAt(field, table) === outcome)
  const rows: [string, string][] = [
    ['documented at', page],
    ['other addresses', hosts.map(code).join(', ')],
    ['APIs', dialects.map(code).join(', ')],
    ['output limit', code(outputLimitField)],
    [
      'usage in streams',
      usageInStream
        ? 'requested by Gatehouse with `stream_options`'
        : 'always sent by the vendor; `stream_options` is not used',
    ],
    [
      'effort',
      words.efforts === undefined || words.efforts.length === 0 ? '' : words.efforts.map(code).join(', '),
    ],
    ['reasoning is requested with', code(words.reasoning ?? 'reasoning_effort')],
    ['earlier reasoning is sent in', words.givenReasoning === undefined ? '' : code(words.givenReasoning)],
    [
      'seed, user, documents',
      [words.seed, words.user, words.documents]
        .flatMap((word) => (word === undefined ? [] : [code(word)]))
        .join(', '),
    ],
    [
      'JSON output without a schema',
      words.json === undefined ? '' : `${code(words.json)} with \`{"type":"object"}\``,
    ],
    ['values', limitsOf(limits)],
    [
      'carried beyond the dialect',
      withOutcome('carried')
        .filter((field) => codec.table.carries[field] !== 'carried')
        .map(code)
        .join(', '),
    ],
    ['lost', withOutcome('lost').map(code).join(', ')],
    ['refused', withOutcome('refused').map(code).join(', ')],
  ]
  const filled = rows.filter(([, value]) => value !== '').map(([what, value]) => `| ${what} | ${value} |`)
  return `### ${title}\n\n\`kind: ${vendor}\`\n\n| | |\n|---|---|\n${filled.join('\n')}\n`
}

const canonical = Object.keys(generateFields).filter(
  (field): field is GenerateField => field in generateFields,
)

const code = (text: string) => `\`${text}\``
