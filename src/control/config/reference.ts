// Generates the reference of the configuration from its schemas: JSON Schema for editors, Markdown for people.

import { z } from 'zod'
import { destinationSections } from '../../contract/resource.ts'
import { sectionSchemas, serverSchemas } from './configuration.ts'
import type { Kinds } from './kinds.ts'
import { strictFields } from './values.ts'
import { isRecord } from './source.ts'

type Json = Record<string, unknown>

export function configurationJsonSchema(kinds: Kinds): Json {
  const sections = Object.fromEntries(
    sectionsOf(kinds).map(([name, schema]) => [
      name,
      z
        .record(z.string(), schema)
        .optional()
        .describe(titles[name] ?? ''),
    ]),
  )
  const root = toJson(strictFields({ ...serverSchemas, ...sections }))
  for (const [section, list] of Object.entries(kinds.destinations)) {
    if (list.length === 0) continue
    put(root, ['properties', section, 'additionalProperties', 'properties', 'credential'], (credential) => ({
      ...(typeof credential['description'] === 'string' && { description: credential['description'] }),
      oneOf: kinds.credentials.map((one) => toJson(one.schema)),
    }))
  }
  put(root, ['properties', 'models', 'additionalProperties'], (entry) => {
    const inner = objectIn(entry)
    const how = kinds.strategies.map(({ name, meaning }) => `\`${name}\`: ${meaning}.`).join(' ')
    if (!inner) throw new Error('the schema of a model has no settings')
    const setEnum = (strategy: Json) => ({
      ...strategy,
      description: `The order of the targets. ${how}`,
      enum: kinds.strategies.map(({ name }) => name),
    })
    put(inner, ['properties', 'strategy'], setEnum)
    return entry
  })
  for (const [section, list] of [...Object.entries(kinds.destinations), ['guards', kinds.guards] as const]) {
    if (list.length === 0) continue
    put(root, ['properties', section, 'additionalProperties', 'properties', 'kind'], (kind) => ({
      ...kind,
      enum: list.map((one) => one.kind),
    }))
    put(root, ['properties', section, 'additionalProperties'], (entry) => ({
      ...entry,
      allOf: alike(list).map(({ kinds: names, options }) => ({
        if: { properties: { kind: { enum: names } }, required: ['kind'] },
        then: { properties: { options: toJson(options) } },
      })),
    }))
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Gatehouse configuration',
    ...root,
  }
}

/** The sections that this build accepts, with their schemas. */
function sectionsOf({ destinations }: Kinds): [string, z.ZodType][] {
  const isAccepted = (name: string) =>
    destinationSections.every(({ section }) => section !== name || (destinations[section]?.length ?? 0) > 0)
  return Object.entries(sectionSchemas).filter(([name]) => isAccepted(name))
}

/** Groups the kinds that have the same options. */
function alike(
  list: readonly { kind: string; options: z.ZodType }[],
): { kinds: string[]; options: z.ZodType }[] {
  const groups = new Map<z.ZodType, string[]>()
  for (const { kind, options } of list) groups.set(options, [...(groups.get(options) ?? []), kind])
  return [...groups].map(([options, names]) => ({ kinds: names, options }))
}

const titles: Readonly<Record<string, string>> = {
  providers: 'Accounts at vendors, and your own model servers. Default: the demo provider.',
  models: 'Names that clients request. The shortest form is one target: `name: provider/model`.',
  mcpServers: 'MCP servers, which offer tools.',
  agents: 'Agents that callers can send messages to.',
  prices:
    'Your own prices, by `provider/model` or a pattern (`github/*`), in USD per million tokens, or `free`. They replace the catalog’s. `*` matches within one part; the text after the first slash is one part. If several entries match a target, the most specific one applies: the name of the target; then a pattern with the name of the provider; then the pattern with more characters other than `*`; then the pattern with fewer `*`; then the first in the alphabet.',
  teams:
    'The tree of teams. Grants, limits and budgets of a team apply to everything below it. Default: one team `everyone` that may use everything.',
  workloads: 'Programs and agents that use keys.',
  people:
    'People who use keys: their additional grants, limits and budgets. People without any of these need no entry.',
  keys: 'Keys that this file owns. The admin API shows them but cannot change them.',
  guards: 'Detectors that read content and report labels.',
  policies: 'Conditions in CEL, each with an effect.',
}

function toJson(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    // Editors should not offer keys that only report "not supported yet".
    override: ({ jsonSchema: { properties } }) => {
      for (const [name, inner] of Object.entries(properties ?? {}))
        if (typeof inner === 'object' && Object.keys(inner).length === 0) delete properties?.[name]
    },
  })
  return json
}

function put(root: Json, path: readonly string[], change: (inner: Json) => Json): void {
  let node = root
  for (const step of path.slice(0, -1)) {
    const next = node[step]
    if (!isRecord(next)) throw new Error(`the schema has no ${path.join('.')}`)
    node = next
  }
  const last = path.at(-1) ?? ''
  const inner = node[last]
  if (!isRecord(inner)) throw new Error(`the schema has no ${path.join('.')}`)
  node[last] = change(inner)
}

/** A page in Markdown: one table per section. */
export function configurationManual(kinds: Kinds): string {
  const root = configurationJsonSchema(kinds)
  const properties = isRecord(root['properties']) ? root['properties'] : {}
  const sectionNames = sectionsOf(kinds).map(([name]) => name)
  const lists: Readonly<Record<string, readonly { kind: string; options: z.ZodType }[]>> = {
    ...kinds.destinations,
    guards: kinds.guards,
  }
  const lines = [
    '# Configuration',
    '',
    'Generated from the schemas by `script/reference.ts`. For editors: put `# yaml-language-server: $schema=…/config.schema.json` on the first line of your file.',
    '',
    'Gatehouse reads `--config FILE`, else `$GATEHOUSE_CONFIG`, else `./gatehouse.yaml`. Without a file it has the demo provider and each vendor whose usual key is in the environment.',
    '`${NAME}` is a variable of the environment. It is an error if the variable is not set. `${NAME:-default}` has a default, `${NAME:-}` means absent, and `$${` writes `${`.',
    'A secret is `"${NAME}"`, `{ file: path }` or the value itself. Gatehouse stores the reference instead of the value, and encrypts a secret that is written out. Money is in US dollars.',
    '',
    '## The server',
    '',
    ...table(
      Object.fromEntries(Object.entries(properties).filter(([name]) => !sectionNames.includes(name))),
      '',
      required(root),
    ),
  ]
  for (const name of sectionNames) {
    const section = properties[name]
    const entry = isRecord(section) ? section['additionalProperties'] : undefined
    const shape = isRecord(entry) ? objectIn(entry) : undefined
    lines.push(
      '',
      `## ${name}`,
      '',
      titles[name] ?? '',
      '',
      ...(shape && isRecord(shape['properties']) ? table(shape['properties'], '', required(shape)) : []),
    )
    for (const { kinds: names, options: schema } of alike(lists[name] ?? [])) {
      const options = toJson(schema)
      const rows = isRecord(options['properties'])
        ? table(options['properties'], 'options.', required(options))
        : []
      lines.push(
        '',
        `### kind: ${names.join(', ')}`,
        '',
        ...(rows.length > 2 ? rows : ['It has no options.']),
      )
    }
    if (name !== 'providers') continue
    for (const one of kinds.credentials) {
      const schema = toJson(one.schema)
      lines.push(
        '',
        `### credential.kind: ${one.kind}`,
        '',
        ...table(isRecord(schema['properties']) ? schema['properties'] : {}, 'credential.', required(schema)),
      )
    }
  }
  return `${lines.join('\n')}\n`
}

const required = (schema: Json): readonly unknown[] =>
  Array.isArray(schema['required']) ? schema['required'] : []

function table(properties: Json, prefix: string, needed: readonly unknown[]): string[] {
  return ['| setting | value | meaning |', '|---|---|---|', ...rows(properties, prefix, needed)]
}

function rows(properties: Json, prefix: string, needed: readonly unknown[]): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (!isRecord(schema) || 'not' in schema || Object.keys(schema).length === 0) return []
    const description = typeof schema['description'] === 'string' ? schema['description'] : ''
    const fallback =
      schema['default'] === undefined || description.includes('Default:')
        ? ''
        : ` Default: \`${JSON.stringify(schema['default'])}\`.`
    const row = `| \`${prefix}${name}\`${needed.includes(name) && schema['default'] === undefined ? ' (needed)' : ''} | ${cell(typeOf(schema))} | ${cell(description + fallback)} |`
    // The introduction explains how to write a secret.
    const inner = description.includes('kept encrypted') || isSecret(schema) ? undefined : objectIn(schema)
    const list = isRecord(schema['items']) ? objectIn(schema['items']) : undefined
    const below =
      inner && isRecord(inner['properties'])
        ? rows(inner['properties'], `${prefix}${name}.`, required(inner))
        : []
    const items =
      list && isRecord(list['properties'])
        ? rows(list['properties'], `${prefix}${name}[].`, required(list))
        : []
    return [row].concat(below, items)
  })
}

const isSecret = (schema: Json): boolean => {
  const found = objectIn(schema)
  const properties = found && isRecord(found['properties']) ? Object.keys(found['properties']) : []
  return Array.isArray(schema['anyOf']) && properties.length === 1 && properties[0] === 'file'
}

/** The object among the forms that a value may have. */
function objectIn(schema: Json): Json | undefined {
  if (isRecord(schema['properties'])) return schema
  for (const word of ['anyOf', 'oneOf']) {
    const forms = schema[word]
    if (!Array.isArray(forms) || word === 'oneOf') continue
    const found = forms
      .filter(isRecord)
      .map(objectIn)
      .find((form) => form !== undefined)
    if (found) return found
  }
  return undefined
}

function typeOf(schema: Json): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => `\`${String(value)}\``).join(', ')
  if (schema['const'] !== undefined) return `\`${JSON.stringify(schema['const'])}\``
  for (const word of ['anyOf', 'oneOf']) {
    const forms = schema[word]
    if (Array.isArray(forms)) return [...new Set(forms.filter(isRecord).map(typeOf))].join(' or ')
  }
  if (schema['type'] === 'array')
    return `list of ${isRecord(schema['items']) ? typeOf(schema['items']) : 'values'}`
  if (Array.isArray(schema['type'])) return schema['type'].map((type) => typeOf({ type })).join(' or ')
  const typeNames: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'true, false',
    integer: 'whole number',
    object: 'map',
  }
  return typeof schema['type'] === 'string' ? (typeNames[schema['type']] ?? schema['type']) : 'any'
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
