// Publishes configuration: validate → write → swap. A broken edit changes nothing: the last good one stays in force, and its mistakes can be asked for.

import { createHash } from 'node:crypto'
import { type Actor, fileActor } from '../contract/actor.ts'
import type { Clock } from '../kit/clock.ts'
import type { Compiled } from './compile.ts'
import { restartSettings } from './compile/settings.ts'
import type { Loaded } from './config/load.ts'
import type { Problem } from './config/problem.ts'
import { keepLastGood } from './last-good.ts'
import { watchFiles } from './watch.ts'
import type { Watcher } from './watch.ts'

export interface PublisherOptions {
  /** Reads and compiles anew: `loadConfiguration` with the clock's now. Called again on each reload. */
  load: () => Loaded
  /** What to start on when the first load has errors: they are told like those of a broken edit. Absent: then there is no start. */
  lastGood?: Compiled
  /** Puts rules in force. Called at the start and whenever something changed; throwing keeps the ones before. */
  swap: (compiled: Compiled) => void
  clock: Clock
  /** Watch the files for edits? */
  watches: boolean
  /** Told after each reload, for the log. */
  report?: (status: PublishStatus, outcome: ReloadOutcome, by: Actor) => void
}

export type ReloadOutcome = 'changed' | 'unchanged' | 'rejected'

export interface PublishStatus {
  /** Of the rules in force. */
  version: string
  /** When they were put in force, ms since the epoch. */
  since: number
  /** Of the last load: warnings, and errors if it was rejected. */
  problems: readonly Problem[]
  /** The last edit was not taken. */
  rejectedAt?: number
  /** Settings that were changed since the start and wait for a restart: `listen`. */
  needsRestart: readonly string[]
}

export interface Publisher {
  /** The rules in force. */
  current(): Compiled
  status(): PublishStatus
  reload(by: Actor): ReloadOutcome
  close(): void
}

/** Why there is nothing to start with. */
export class RejectedConfiguration extends Error {
  override name = 'RejectedConfiguration'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super('the configuration has mistakes')
    this.problems = problems
  }
}

/** @throws RejectedConfiguration when the first load has errors and there is nothing else to start on; then nothing is in force yet */
export function publisher({ load, lastGood, swap, clock, watches, report }: PublisherOptions): Publisher {
  const first = load()
  const started: Compiled = first.compiled ?? lastGood ?? nothing(first.problems)
  let inForce = started
  let fingerprint = fingerprintOf(started)
  put(started)
  let status: PublishStatus = {
    version: inForce.snapshot.version,
    since: clock.now(),
    problems: first.problems,
    ...(first.compiled ? {} : { rejectedAt: clock.now() }),
    needsRestart: [],
  }
  const watcher: Watcher | undefined = watches ? watchFiles(first.files, () => void reload(fileActor), clock) : undefined

  function put(compiled: Compiled): void {
    keepLastGood(compiled.settings.data, compiled)
    swap(compiled)
  }

  // called from the watcher's timer as well, where nobody would catch
  function reload(by: Actor): ReloadOutcome {
    const outcome = attempt()
    report?.(status, outcome, by)
    return outcome
  }

  function attempt(): ReloadOutcome {
    try {
      const loaded = load()
      watcher?.watch(loaded.files)
      return take(loaded)
    } catch (thrown) {
      return reject([fault('the configuration could not be read', thrown, 'this is a fault of Gatehouse; please report it')])
    }
  }

  function take({ compiled, problems }: Loaded): ReloadOutcome {
    if (!compiled) return reject(problems)
    const needsRestart = restartSettings.filter((name) => JSON.stringify(compiled.settings[name]) !== JSON.stringify(started.settings[name]))
    const next = fingerprintOf(compiled)
    const { rejectedAt: _, ...before } = status
    if (next === fingerprint) {
      status = { ...before, problems, needsRestart }
      return 'unchanged'
    }
    try {
      // what waits for a restart must not take half effect: a moved data folder, above all
      put({ ...compiled, settings: started.settings })
    } catch (thrown) {
      keepOnDisk(inForce)
      return reject([...problems, fault('the rules could not be put in force', thrown, 'is the disk full, or the data folder not writable?')])
    }
    inForce = { ...compiled, settings: started.settings }
    fingerprint = next
    status = { version: compiled.snapshot.version, since: clock.now(), problems, needsRestart }
    return 'changed'
  }

  /** What is on disk must be what is in force; when even that fails, the next good edit writes it. */
  function keepOnDisk(rules: Compiled): void {
    try {
      keepLastGood(rules.settings.data, rules)
    } catch {
      // the caller tells why the disk does not take it
    }
  }

  function reject(problems: readonly Problem[]): ReloadOutcome {
    status = { ...status, problems, rejectedAt: clock.now() }
    return 'rejected'
  }

  return { current: () => inForce, status: () => status, reload, close: () => watcher?.close() }
}

function nothing(problems: readonly Problem[]): never {
  throw new RejectedConfiguration(problems)
}

const fault = (what: string, thrown: unknown, cure: string): Problem => ({
  severity: 'error',
  path: '',
  message: `${what}: ${thrown instanceof Error ? thrown.message : 'unknown'}`,
  cure,
})

/** Rules and keys: a new secret of a key is a change that the snapshot's version does not show. */
const fingerprintOf = ({ snapshot, keys }: Compiled): string =>
  createHash('sha256').update(snapshot.version).update(JSON.stringify(keys)).digest('hex')
