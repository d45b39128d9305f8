// Providers as the gateway dials them.

import { z } from 'zod'
import { nearest } from '../../kit/nearest.ts'
import type { CredentialRule, ProviderRule, SecretRef, Timeouts } from '../../contract/snapshot.ts'
import { checked } from '../config/issues.ts'
import type { Kinds, ProviderKindInfo } from '../config/kinds.ts'
import type { Path } from '../config/problem.ts'
import type { ProviderConfig } from '../config/schema/provider.ts'
import { secret } from '../config/secret.ts'
import { isRecord } from '../config/source.ts'
import type { Compilation } from './compilation.ts'
import { defined } from './defined.ts'
import { secretRef } from './secrets.ts'

const defaultTimeouts: Timeouts = { connectMs: 10_000, firstTokenMs: 120_000, idleMs: 300_000, totalMs: 3_600_000 }

export function compileProviders(compilation: Compilation): Record<string, ProviderRule> {
  const rules: Record<string, ProviderRule> = {}
  for (const [name, config] of compilation.configuration.providers) {
    const rule = compileProvider(compilation, name, config)
    if (rule) rules[name] = rule
  }
  // a file that defines no providers can still be tried
  if (!compilation.configuration.has('providers') && compilation.kinds.providers.some(({ kind }) => kind === 'demo')) {
    const demo = compileProvider(compilation, 'demo', { kind: 'demo' })
    if (demo) rules['demo'] = demo
  }
  return rules
}

function compileProvider(compilation: Compilation, name: string, config: ProviderConfig): ProviderRule | undefined {
  const { kinds, problems, configuration } = compilation
  const path: Path = ['providers', name]
  const kind = kinds.providers.find((candidate) => candidate.kind === config.kind)
  if (!kind) {
    const known = kinds.providers.map((candidate) => candidate.kind)
    const meant = nearest(config.kind, known)
    problems.add(
      [...path, 'kind'],
      `there is no kind of provider "${config.kind}"`,
      meant ? `did you mean "${meant}"?` : `kinds: ${known.join(', ')}; most vendors speak openai-compatible`,
    )
    return undefined
  }
  const baseUrl = config.url ?? kind.baseUrl
  if (baseUrl === undefined && kind.kind !== 'demo')
    problems.add(path, `a provider of the kind "${kind.kind}" needs a url`, urlCure(kind), { at: 'key' })
  const options = checked(kind.options, config.options ?? {}, [...path, 'options'], problems)
  const mistake = baseUrl !== undefined && isRecord(options) ? kind.mistake?.({ baseUrl, options }) : undefined
  if (mistake) problems.add([...path, mistake.at], mistake.message, mistake.cure, mistake.severity && { severity: mistake.severity })
  const { rule: credential, notReady } = credentialOf(compilation, kind, config, path)
  return {
    name,
    kind: kind.kind,
    baseUrl: (baseUrl ?? '').replace(/\/+$/, ''),
    credential,
    headers: config.headers ?? {},
    traits: config.traits ?? [],
    ...(config.sharedState === 'allow' && { sharesState: true }),
    ...(config.capacity && { capacity: defined(config.capacity) }),
    timeouts: { ...defaultTimeouts, ...timeoutsOf(configuration.server.timeouts), ...timeoutsOf(config.timeouts) },
    // whoever writes this file runs the gateway: its URLs may point inside
    allowsPrivateAddress: true,
    options: isRecord(options) ? options : {},
    ...(notReady !== undefined && { notReady }),
  }
}

const urlCure = ({ addressName }: ProviderKindInfo): string =>
  addressName === undefined ? 'write its base URL, like url: https://api.example/v1' : `write its address, or url: "\${${addressName}}"`

function timeoutsOf(config: ProviderConfig['timeouts']): Partial<Timeouts> {
  return defined({ connectMs: config?.connect, firstTokenMs: config?.firstToken, idleMs: config?.idle, totalMs: config?.total })
}

function credentialOf(
  compilation: Compilation,
  kind: ProviderKindInfo,
  config: ProviderConfig,
  path: Path,
): { rule: CredentialRule; notReady?: string } {
  const { environment, problems } = compilation
  const none: CredentialRule = { kind: 'none', secrets: {}, settings: {} }
  if (config.key && config.credential) problems.add([...path, 'credential'], 'a provider has either a key or a credential', 'remove one of the two')
  if (config.credential) {
    const missing = missingSecret(compilation.kinds, config.credential)
    const rule = fromCredential(compilation, config.credential, [...path, 'credential']) ?? none
    return missing === undefined ? { rule } : { rule, notReady: `its "${missing}" is not set` }
  }
  const bearer = kind.credential === 'none' ? 'bearer' : kind.credential
  const settings = kind.credentialSettings ?? {}
  if (config.key) return { rule: { kind: bearer, secrets: { key: secretRef(compilation, config.key) }, settings } }
  if (kind.credential === 'none' || kind.keyName === undefined) return { rule: none }
  const usual: CredentialRule = { kind: bearer, secrets: { key: { kind: 'env', name: kind.keyName } }, settings }
  return environment[kind.keyName] ? { rule: usual } : { rule: usual, notReady: `it has no key, and ${kind.keyName} is not set` }
}

/** A needed secret that was written as `${NAME:-}` and is absent: no mistake, but nothing to call with. */
function missingSecret(kinds: Kinds, config: { kind: string } & Record<string, unknown>): string | undefined {
  const kind = kinds.credentials.find((candidate) => candidate.kind === config.kind)
  const isNeeded = (name: string) => kind?.schema.shape[name] instanceof z.ZodType && !kind.schema.shape[name].safeParse(undefined).success
  return kind?.secrets.find((name) => Object.hasOwn(config, name) && config[name] === undefined && isNeeded(name))
}

function fromCredential(compilation: Compilation, config: { kind: string } & Record<string, unknown>, path: Path): CredentialRule | undefined {
  const { kinds, problems } = compilation
  const kind = kinds.credentials.find((candidate) => candidate.kind === config.kind)
  if (!kind) {
    const known = kinds.credentials.map((candidate) => candidate.kind)
    const meant = nearest(config.kind, known)
    problems.add(
      [...path, 'kind'],
      `there is no kind of credential "${config.kind}"`,
      meant ? `did you mean "${meant}"?` : `kinds: ${known.join(', ')}`,
    )
    return undefined
  }
  // the kind's schema knows secrets as texts; how they are written is ours
  const missing = missingSecret(kinds, config)
  const plain = Object.entries(config).filter(([name, value]) => value !== undefined || name === missing)
  const asTexts = plain.map(([name, value]) => [name, name === missing ? 'absent' : kind.secrets.includes(name) && isRecord(value) ? 'file' : value])
  const read = checked(kind.schema, Object.fromEntries(asTexts), path, problems)
  if (!read) return undefined
  const secrets: Record<string, SecretRef> = {}
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(read)) {
    if (name === 'kind' || value === undefined) continue
    const written = kind.secrets.includes(name) && name !== missing ? checked(secret, config[name], [...path, name], problems) : undefined
    if (written) secrets[name] = secretRef(compilation, written)
    else if (!kind.secrets.includes(name))
      settings[name] = Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : JSON.stringify(value)
  }
  return { kind: kind.kind, secrets, settings }
}
