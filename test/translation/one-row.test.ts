// A canonical setting has one definition and one row in the table of each dialect. This test searches the
// sources of model traffic for the names of every setting, and lists the reason for each other place.

import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { Glob } from 'bun'
import { settings } from '../../src/traffic/llm/canonical/settings.ts'
import type { Setting, SettingDefinition } from '../../src/traffic/llm/canonical/settings.ts'
import { codec as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import {
  codec as gemini,
  embedCodec as geminiEmbeddings,
} from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as chat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as openaiEmbeddings } from '../../src/traffic/llm/dialects/openai-embeddings/index.ts'
import { codec as responses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import { canonicalFields } from '../../src/traffic/llm/fields/index.ts'
import type { CanonicalField, DialectTable } from '../../src/traffic/llm/fields/index.ts'

const root = new URL('../../src/traffic/llm/', import.meta.url).pathname
const tables: readonly DialectTable[] = [chat, responses, anthropic, gemini].map(({ table }) => table)

/** Files that may name a setting, and why. */
const places: readonly { file: RegExp; reason: string }[] = [
  { file: /^canonical\/settings\.ts$/, reason: 'the definition' },
  { file: /^dialects\/[\w-]+\/request\/(?:table|turn-rows|tool-rows)\.ts$/, reason: 'the row' },
  { file: /^dialects\/[\w-]+\/request\/limits\.ts$/, reason: 'the values that the vendor takes' },
  { file: /^providers\//, reason: 'what a vendor takes otherwise; the demo provider, which is a vendor' },
  {
    file: /^dialects\/[\w-]+\/response\/|^dialects\/[\w-]+\/content-forms\.ts$/,
    reason: 'responses repeat it',
  },
  {
    file: /^dialects\/[\w-]+\/request\/(?:view|forward|demand|references)\.ts$/,
    reason: 'bounds of cost and references, which untranslated requests have, too',
  },
]

interface Exception {
  settings: readonly Setting[]
  file: RegExp
  reason: string
}

/** Settings that need their own code, and why. */
const exceptions: readonly Exception[] = [
  {
    settings: ['temperature', 'top-p', 'top-k', 'frequency-penalty', 'presence-penalty'],
    file: /^wire\/openai\/reasoning-models\.ts$|^dialects\/anthropic-messages\/request\/encode-reasoning\.ts$/,
    reason: 'some models refuse sampling settings while they reason',
  },
  {
    settings: ['reasoning-effort', 'reasoning-budget', 'reasoning-summary'],
    file: /^(?:canonical\/reasoning|translate\/best-dialect|wire\/openai\/reasoning-models)\.ts$|^dialects\/[\w-]+\/request\/(?:settings|(?:en|de)code(?:-reasoning|-config)?)\.ts$/,
    reason: 'one requested setting has three units, and each generation of models takes another',
  },
  {
    settings: ['max-output'],
    file: /^(?:translate(?:\/provider)?|provider|canonical\/codec|models\/[\w-]+|wire\/[\w-]+|fit\/(?:index|values))\.ts$|^dialects\/[\w-]+\/(?:finish|request\/encode(?:-reasoning)?)\.ts$|^dialects\/gemini\/embeddings\//,
    reason: 'budgets bound it, models have one of their own, and a finish reason has its name',
  },
  {
    settings: ['service-tier'],
    file: /^(?:canonical\/response|wire\/tier|losses\/limits|fit\/values)\.ts$|^dialects\/[\w-]+\/(?:usage|request\/(?:settings|(?:en|de)code))\.ts$|^dialects\/openai-embeddings\//,
    reason: 'a tier has a price, and vendors know different tiers',
  },
  {
    settings: ['user', 'cache-key'],
    file: /^dialects\/openai-embeddings\/|^(?:losses\/limits|fit\/values)\.ts$/,
    reason: 'an id that is too long gets a substitute; embeddings name users, too',
  },
  {
    settings: ['parallel-tool-calls'],
    file: /^fit\/tools\.ts$|^dialects\/anthropic-messages\/request\/(?:en|de)code(?:-tools)?\.ts$/,
    reason: 'it needs tools; Anthropic has it in the choice of tools',
  },
  {
    settings: ['logprobs'],
    file: /^(?:losses\/limits|fit\/values|wire\/openai\/logprobs)\.ts$|^dialects\/[\w-]+\/request\/(?:settings|(?:en|de)code(?:-config)?)\.ts$/,
    reason: 'two members hold one setting',
  },
]

const files = [...new Glob('**/*.ts').scanSync({ cwd: root })]
  .filter((file) => !/\.(?:test|generated)\.ts$/.test(file))
  .map((file) => ({ file, code: withoutComments(readFileSync(root + file, 'utf8')) }))

describe('a canonical setting is named only by its definition and one row per dialect', () => {
  test.each(Object.entries<SettingDefinition>(settings))('%s', (field, { at }) => {
    const names = namesOf(field, at)
    const found = files.filter(({ code }) => names.some((name) => holds(code, name))).map(({ file }) => file)
    expect(
      found.filter(
        (file) =>
          !places.some((place) => place.file.test(file)) &&
          !exceptions.some((each) => each.settings.some((name) => name === field) && each.file.test(file)),
      ),
    ).toEqual([])
  })

  test('a canonical setting that is named in another file is noticed', () => {
    expect(holds('const { minP } = sampling', 'minP')).toBe(true)
    expect(holds("notes.drop('min-p')", 'min-p')).toBe(true)
    expect(holds('minPort', 'minP')).toBe(false)
    expect(places.some(({ file }) => file.test('dialects/openai-chat/request/encode.ts'))).toBe(false)
  })
})

test('every canonical field is sent by a dialect or is listed as sent by none', () => {
  const none = {
    'missing-result': 'every vendor needs a result for each call',
    'media-name': 'no vendor takes names of images',
    'min-p': 'vendors of the chat dialect take it (providers/vendors.ts)',
  }
  const all: readonly DialectTable[] = [...tables, openaiEmbeddings.table, geminiEmbeddings.table]
  const unsent = Object.keys(canonicalFields)
    .filter(isCanonical)
    .filter((field) => !all.some(({ carries }) => (carries[field] ?? 'missing') !== 'missing'))
  expect<string[]>(unsent.toSorted()).toEqual(Object.keys(none).toSorted())
})

const isCanonical = (name: string): name is CanonicalField => Object.hasOwn(canonicalFields, name)

/** Its canonical names and its names in the dialects, unless other things use the same names. */
function namesOf(field: string, at: string): string[] {
  const inDialects = tables.flatMap(({ rows }) =>
    Object.entries(rows).flatMap(([path, { means }]) =>
      means === field && !path.includes('[') ? [path.split('.').at(-1) ?? path] : [],
    ),
  )
  const names = [field, at.split('.').at(-1) ?? at, ...inDialects]
  return names.filter((name) => /[A-Z_-]/.test(name) || name === 'temperature' || name === 'verbosity')
}

function holds(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(code)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
