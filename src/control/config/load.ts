// Loads and compiles the configuration, from a file or without one, and reports every mistake at once.

import { dirname } from 'node:path'
import { destinationSections } from '../../contract/resource.ts'
import { compile } from '../compile.ts'
import type { Compiled } from '../compile.ts'
import { parseConfiguration } from './configuration.ts'
import { substitute } from './environment.ts'
import type { Environment } from './environment.ts'
import type { Kinds } from './kinds.ts'
import { collect } from './problem.ts'
import type { Path, Problem } from './problem.ts'
import { readSource } from './source.ts'
import type { Source } from './source.ts'

export interface LoadOptions {
  /**
   * Absolute path of the main file. Undefined without a file: the gateway then uses the environment.
   */
  path: string | undefined
  /** Folder that relative paths start from when there is no file. */
  folder: string
  environment: Environment
  kinds: Kinds
  /** Encrypts literal secrets. `check` may pass a box with a temporary key. */
  seal: (text: string) => string
  /** ms since the epoch */
  now: number
}

export interface Loaded {
  problems: readonly Problem[]
  /** Absent if the problems include an error. */
  compiled?: Compiled
  /** Every file that was read, which a watcher watches. */
  files: readonly string[]
}

export interface LoadedHere extends Loaded {
  /** Finds the file and line of a path of the configuration. */
  locate(path: Path, at: 'key' | 'value'): { file?: string; line?: number; column?: number }
}

export function loadConfiguration({ path, folder, environment, kinds, seal, now }: LoadOptions): LoadedHere {
  const source =
    path === undefined
      ? withoutFile(environment, kinds)
      : readSource(path, substitute(environment, isSecretOf(kinds)))
  const collected = collect(source.locate)
  const configuration = parseConfiguration(source.data, collected, kinds)
  const compiled = compile(
    {
      configuration,
      problems: collected,
      kinds,
      environment,
      folder: path === undefined ? folder : dirname(path),
      seal,
      now,
    },
    path === undefined,
  )
  const problems = [...source.problems, ...collected.found].sort(byPlace)
  const isBroken = problems.some(({ severity }) => severity === 'error')
  return {
    problems,
    files: source.files,
    locate: (at, what) => placeOf(source.locate(at, what)),
    ...(!isBroken && { compiled }),
  }
}

const placeOf = ({ file, line, column }: ReturnType<Source['locate']>) => ({
  ...(file !== undefined && { file }),
  ...(line !== undefined && { line }),
  ...(column !== undefined && { column }),
})

/**
 * The demo provider, and each vendor whose usual key is in the environment (and whose address, where
 * customers have their own).
 */
function withoutFile(environment: Environment, kinds: Kinds): Source {
  const ready = (kinds.destinations.providers ?? []).flatMap(({ kind, keyName, baseUrl, addressName }) => {
    if (kind !== 'demo' && (keyName === undefined || !environment[keyName])) return []
    const url = addressName === undefined ? undefined : environment[addressName]
    return baseUrl === undefined && !url ? [] : [[kind, { kind, ...(url && { url }) }] as const]
  })
  return {
    data: { version: 1, providers: Object.fromEntries(ready) },
    locate: () => ({}),
    problems: [],
    files: [],
  }
}

const isDestination = (section: string | undefined): boolean =>
  destinationSections.some((one) => one.section === section)

/** Is this the place of a secret, where the reference is kept instead of its value? */
const isSecretOf = (kinds: Kinds) => {
  const inCredentials = new Set(kinds.credentials.flatMap(({ secrets }) => secrets))
  return (path: readonly string[]): boolean => {
    // The path in `{ file: … }` is not a secret.
    if (path.at(-1) === 'file' && path.length > 3) return false
    const [section, , field, inner] = path
    if (section === 'admin') return path[1] === 'key'
    if (section === 'keys') return field === 'secret' || (field === 'previous' && inner === 'secret')
    if (!isDestination(section)) return false
    return field === 'key' || (field === 'credential' && inner !== undefined && inCredentials.has(inner))
  }
}

const byPlace = (left: Problem, right: Problem): number =>
  (left.file ?? '').localeCompare(right.file ?? '') ||
  (left.line ?? 0) - (right.line ?? 0) ||
  (left.column ?? 0) - (right.column ?? 0)
