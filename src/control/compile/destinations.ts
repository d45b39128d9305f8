// Compiles the destinations of every section. They share one namespace.

import { z } from 'zod'
import { findNearest } from '../../kit/nearest.ts'
import { destinationSections } from '../../contract/resource.ts'
import type { CredentialRule, DestinationRule, SecretRef, Timeouts } from '../../contract/snapshot.ts'
import { checkValue } from '../config/issues.ts'
import type { DestinationKindInfo, Kinds } from '../config/kinds.ts'
import type { Path } from '../config/problem.ts'
import type { DestinationConfig } from '../config/schema/destination.ts'
import { secret } from '../config/secret.ts'
import { isRecord } from '../config/source.ts'
import type { Compilation } from './compilation.ts'
import { omitUndefined } from './defined.ts'
import { ownRulesOf } from './own-rules.ts'
import { secretRef } from './secrets.ts'

const defaultTimeouts: Timeouts = {
  connectMs: 10_000,
  firstTokenMs: 120_000,
  idleMs: 300_000,
  totalMs: 3_600_000,
}

type Section = (typeof destinationSections)[number]

export function compileDestinations(compilation: Compilation): Record<string, DestinationRule> {
  const { configuration, kinds } = compilation
  const rules: Record<string, DestinationRule> = {}
  for (const section of destinationSections) {
    for (const [name, config] of configuration[section.section]) {
      if (isTaken(compilation, section, name)) continue
      const rule = compileDestination(compilation, section, name, config)
      if (rule) rules[name] = rule
    }
  }
  // The demo provider lets users try a file without providers.
  const [providers] = destinationSections
  const isDemoHere = kinds.destinations.providers?.some(({ kind }) => kind === 'demo') === true
  if (!configuration.has('providers') && isDemoHere && !rules['demo']) {
    const demo = compileDestination(compilation, providers, 'demo', { kind: 'demo' })
    if (demo) rules['demo'] = demo
  }
  return rules
}

/** The target in the records of requests from an upstream to the client. */
const reservedName = 'client'

/** The first section with a name keeps it. */
function isTaken({ configuration, problems }: Compilation, section: Section, name: string): boolean {
  if (name === reservedName) {
    problems.add(
      [section.section, name],
      `"${name}" is reserved: records use it for the caller`,
      'choose another name',
      { at: 'key' },
    )
    return true
  }
  const first = destinationSections.find((other) => configuration.isDefined(other.section, name))
  if (!first || first.section === section.section) return false
  problems.add(
    [section.section, name],
    `${article(first.noun)} ${first.noun} is also named "${name}": ${problems.placeOf([first.section, name], 'key')}`,
    'rename one of the two: all destinations share one namespace',
    { at: 'key' },
  )
  return true
}

const article = (noun: string): string => (/^[aeiouM]/.test(noun) ? 'an' : 'a')

function compileDestination(
  compilation: Compilation,
  section: Section,
  name: string,
  config: DestinationConfig,
): DestinationRule | undefined {
  const { kinds, problems, configuration } = compilation
  const path: Path = [section.section, name]
  const ofSection = kinds.destinations[section.section] ?? []
  const kind = ofSection.find((candidate) => candidate.kind === config.kind)
  if (!kind) {
    const known = ofSection.map((candidate) => candidate.kind)
    const meant = findNearest(config.kind, known)
    const hint = section.section === 'providers' ? '; openai-compatible works with most vendors' : ''
    problems.add(
      [...path, 'kind'],
      `there is no kind of ${section.noun} "${config.kind}"`,
      meant ? `did you mean "${meant}"?` : `kinds: ${known.join(', ')}${hint}`,
    )
    return undefined
  }
  const baseUrl = config.url ?? kind.baseUrl
  if (baseUrl === undefined && kind.kind !== 'demo')
    problems.add(
      path,
      `${article(section.noun)} ${section.noun} of the kind "${kind.kind}" needs a url`,
      urlFix(kind),
      { at: 'key' },
    )
  const options = checkValue(kind.options, config.options ?? {}, [...path, 'options'], problems)
  const mistake =
    baseUrl !== undefined && isRecord(options) ? kind.mistake?.({ baseUrl, options }) : undefined
  if (mistake)
    problems.add(
      [...path, mistake.at],
      mistake.message,
      mistake.fix,
      mistake.severity && { severity: mistake.severity },
    )
  const { rule: credential, notReady } = credentialOf(compilation, kind, config, path)
  return {
    name,
    section: section.section,
    serves: section.serves,
    kind: kind.kind,
    baseUrl: (baseUrl ?? '').replace(/\/+$/, ''),
    credential,
    headers: config.headers ?? {},
    traits: config.traits ?? [],
    ...(config.sharedState === 'allow' && { sharesState: true }),
    ...ownRulesOf(config, `destination/${name}`, path, problems),
    ...(config.capacity && { capacity: omitUndefined(config.capacity) }),
    timeouts: {
      ...defaultTimeouts,
      ...timeoutsOf(configuration.server.timeouts),
      ...timeoutsOf(config.timeouts),
    },
    // The author of this file operates the gateway, so its URLs may point to private addresses.
    allowsPrivateAddress: true,
    options: isRecord(options) ? options : {},
    ...(notReady !== undefined && { notReady }),
  }
}

const urlFix = ({ addressName }: DestinationKindInfo): string =>
  addressName === undefined
    ? 'write its base URL, like url: https://api.example/v1'
    : `write its address, or url: "\${${addressName}}"`

function timeoutsOf(config: DestinationConfig['timeouts']): Partial<Timeouts> {
  return omitUndefined({
    connectMs: config?.connect,
    firstTokenMs: config?.firstToken,
    idleMs: config?.idle,
    totalMs: config?.total,
  })
}

function credentialOf(
  compilation: Compilation,
  kind: DestinationKindInfo,
  config: DestinationConfig,
  path: Path,
): { rule: CredentialRule; notReady?: string } {
  const { environment, problems } = compilation
  const none: CredentialRule = { kind: 'none', secrets: {}, settings: {} }
  if (config.key && config.credential)
    problems.add(
      [...path, 'credential'],
      'a destination can have either a key or a credential',
      'remove one of the two',
    )
  if (config.credential) {
    const missing = missingSecret(compilation.kinds, config.credential)
    const rule = fromCredential(compilation, config.credential, [...path, 'credential']) ?? none
    return missing === undefined ? { rule } : { rule, notReady: `its "${missing}" is not set` }
  }
  const bearer = kind.credential === 'none' ? 'bearer' : kind.credential
  const settings = kind.credentialSettings ?? {}
  if (config.key)
    return { rule: { kind: bearer, secrets: { key: secretRef(compilation, config.key) }, settings } }
  if (kind.credential === 'none' || kind.keyName === undefined) return { rule: none }
  const usual: CredentialRule = {
    kind: bearer,
    secrets: { key: { kind: 'env', name: kind.keyName } },
    settings,
  }
  return environment[kind.keyName]
    ? { rule: usual }
    : { rule: usual, notReady: `it has no key, and ${kind.keyName} is not set` }
}

/** A required secret that is `${NAME:-}` and absent. This is not a mistake, but the destination is not ready. */
function missingSecret(kinds: Kinds, config: { kind: string } & Record<string, unknown>): string | undefined {
  const kind = kinds.credentials.find((candidate) => candidate.kind === config.kind)
  const isNeeded = (name: string) =>
    kind?.schema.shape[name] instanceof z.ZodType && !kind.schema.shape[name].safeParse(undefined).success
  return kind?.secrets.find(
    (name) => Object.hasOwn(config, name) && config[name] === undefined && isNeeded(name),
  )
}

function fromCredential(
  compilation: Compilation,
  config: { kind: string } & Record<string, unknown>,
  path: Path,
): CredentialRule | undefined {
  const { kinds, problems } = compilation
  const kind = kinds.credentials.find((candidate) => candidate.kind === config.kind)
  if (!kind) {
    const known = kinds.credentials.map((candidate) => candidate.kind)
    const meant = findNearest(config.kind, known)
    problems.add(
      [...path, 'kind'],
      `there is no kind of credential "${config.kind}"`,
      meant ? `did you mean "${meant}"?` : `kinds: ${known.join(', ')}`,
    )
    return undefined
  }
  // The schema of the kind has secrets as strings. Their notation in the file is checked here.
  const missing = missingSecret(kinds, config)
  const plain = Object.entries(config).filter(([name, value]) => value !== undefined || name === missing)
  const asTexts = plain.map(([name, value]) => [
    name,
    name === missing ? 'absent' : kind.secrets.includes(name) && isRecord(value) ? 'file' : value,
  ])
  const read = checkValue(kind.schema, Object.fromEntries(asTexts), path, problems)
  if (!read) return undefined
  const secrets: Record<string, SecretRef> = {}
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(read)) {
    if (name === 'kind' || value === undefined) continue
    const written =
      kind.secrets.includes(name) && name !== missing
        ? checkValue(secret, config[name], [...path, name], problems)
        : undefined
    if (written) secrets[name] = secretRef(compilation, written)
    else if (!kind.secrets.includes(name))
      settings[name] = Array.isArray(value)
        ? value.join(' ')
        : typeof value === 'string'
          ? value
          : JSON.stringify(value)
  }
  return { kind: kind.kind, secrets, settings }
}
