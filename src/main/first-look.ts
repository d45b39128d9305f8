// What a start begins with: the configuration, or the rules that were last in force when it has mistakes.
//
// The data folder is named by the configuration, and the key that seals its secrets lies in the data folder:
// so it is read once to find the folder, and again when the key is there.

import { dirname, join, resolve } from 'node:path'
import {
  type Compiled,
  findConfiguration,
  type Kinds,
  lastGood,
  type Loaded,
  loadConfiguration,
  RejectedConfiguration,
  secretBox,
} from '../control/index.ts'
import type { Environment } from './reveal.ts'

export interface FirstLook {
  /** Absent: there is no configuration file. */
  source: string | undefined
  settings: Compiled['settings']
  /** What to start on instead of a configuration with mistakes. */
  kept: Compiled | undefined
  mistakes: number
}

export interface FirstLookOptions {
  configPath?: string
  env: Environment
  lastGood?: string | true
}

/** @throws RejectedConfiguration when there is nothing to start on */
export function firstLook(
  options: FirstLookOptions,
  { folder, kinds, now }: { folder: string; kinds: Kinds; now: number },
): FirstLook {
  const { env } = options
  const source = findConfiguration(options.configPath, env, folder)
  const { compiled, problems } = loadConfiguration({
    path: source,
    folder,
    environment: env,
    kinds,
    seal: throwAwayBox().seal,
    now,
  })
  const last =
    compiled === undefined && options.lastGood !== undefined
      ? lastGood(folderOf(options.lastGood, source, folder))
      : undefined
  const kept = last?.compiled
  const { settings } = compiled ?? kept ?? refuse(problems, last?.why)
  return { source, settings, kept, mistakes: problems.length }
}

/** Seals what nobody will open. */
export const throwAwayBox = () => secretBox(new Uint8Array(32).fill(1))

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
