// Loads the configuration for a start, or the last active rules if it has mistakes.
//
// The configuration names the data folder, and the data folder has the key that encrypts the configuration's
// secrets. So the configuration is read once to find the folder, and again when the key is available.

import { dirname, join, resolve } from 'node:path'
import {
  type Compiled,
  findConfiguration,
  type Kinds,
  readLastGood,
  type Loaded,
  loadConfiguration,
  RejectedConfiguration,
  createSecretBox,
} from '../control/index.ts'
import type { Environment } from './reveal.ts'

export interface InitialConfiguration {
  /** The configuration file. Absent without one. */
  source: string | undefined
  settings: Compiled['settings']
  /** The rules to start with instead of a configuration with mistakes. */
  lastGood: Compiled | undefined
  mistakes: number
}

export interface InitialConfigurationOptions {
  configPath?: string
  env: Environment
  lastGood?: string | true
}

/** @throws RejectedConfiguration if there are no rules to start with */
export function loadInitialConfiguration(
  options: InitialConfigurationOptions,
  { folder, kinds, now }: { folder: string; kinds: Kinds; now: number },
): InitialConfiguration {
  const { env } = options
  const source = findConfiguration(options.configPath, env, folder)
  const { compiled, problems } = loadConfiguration({
    path: source,
    folder,
    environment: env,
    kinds,
    seal: createTemporaryBox().seal,
    now,
  })
  const restored =
    compiled === undefined && options.lastGood !== undefined
      ? readLastGood(folderOf(options.lastGood, source, folder))
      : undefined
  const lastGood = restored?.compiled
  const { settings } = compiled ?? lastGood ?? refuse(problems, restored?.why)
  return { source, settings, lastGood, mistakes: problems.length }
}

/** A box for secrets that are never opened again. */
export const createTemporaryBox = () => createSecretBox(new Uint8Array(32).fill(1))

const folderOf = (named: string | true, source: string | undefined, folder: string): string =>
  named === true ? join(source === undefined ? folder : dirname(source), 'data') : resolve(folder, named)

function refuse(problems: Loaded['problems'], why: string | undefined): never {
  if (why === undefined) throw new RejectedConfiguration(problems)
  const none = {
    severity: 'error',
    path: '',
    message: why,
    fix: 'correct the configuration, or name another data folder: --last-good <folder>',
  } as const
  throw new RejectedConfiguration([...problems, none])
}
