// Publishes configuration: compile → write → swap. A broken edit changes nothing: the last good one stays in
// force, and its mistakes can be asked for.

import { type Actor, fileActor } from '../contract/actor.ts'
import type { Clock } from '../kit/clock.ts'
import { createSerialQueue } from '../kit/one-at-a-time.ts'
import type { Compiled } from './compile.ts'
import { restartSettings } from './compile/settings.ts'
import type { Loaded } from './config/load.ts'
import type { Problem } from './config/problem.ts'
import { writeLastGood } from './last-good.ts'
import { watchFiles } from './watch.ts'
import type { Watcher } from './watch.ts'

export interface PublisherOptions {
  /** What the start found. */
  first: Loaded
  /**
   * Reads and compiles anew, without holding up the calls in flight. Called again on each reload, never twice
   * at once.
   */
  load: () => Promise<Loaded>
  /**
   * What to start on when the first load has errors: they are told like those of a broken edit. Absent: then
   * there is no start.
   */
  lastGood?: Compiled
  /**
   * Puts rules in force. Called at the start and whenever something changed; throwing keeps the ones before.
   */
  swap: (compiled: Compiled) => void
  clock: Clock
  /** Watch the files for edits? */
  watches: boolean
  /** Told after each reload, for the log. */
  report?: ((status: PublishStatus, outcome: ReloadOutcome, by: Actor) => void) | undefined
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
  /** One after the other: of two edits the later one is in force at the end. Never rejects. */
  reload(by: Actor): Promise<ReloadOutcome>
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

/**
 * @throws RejectedConfiguration when the first load has errors and there is nothing else to start on; then
 * nothing is in force yet
 */
export async function openPublisher({
  first,
  load,
  lastGood,
  swap,
  clock,
  watches,
  report,
}: PublisherOptions): Promise<Publisher> {
  const started: Compiled = first.compiled ?? lastGood ?? nothing(first.problems)
  const inTurn = createSerialQueue()
  let isClosed = false
  let inForce = started
  await put(started)
  let status: PublishStatus = {
    version: inForce.rules.snapshot.version,
    since: clock.now(),
    problems: first.problems,
    ...(first.compiled ? {} : { rejectedAt: clock.now() }),
    needsRestart: [],
  }
  const watcher: Watcher | undefined = watches
    ? watchFiles(first.files, () => void reload(fileActor), clock)
    : undefined

  async function put(compiled: Compiled): Promise<void> {
    await writeLastGood(compiled.settings.data, compiled)
    swap(compiled)
  }

  // Called from the watcher's timer as well, where nobody would catch.
  const reload = (by: Actor): Promise<ReloadOutcome> =>
    inTurn(async () => {
      if (isClosed) return 'unchanged'
      const outcome = await attempt()
      if (!isClosed) report?.(status, outcome, by)
      return outcome
    })

  async function attempt(): Promise<ReloadOutcome> {
    let loaded: Loaded
    try {
      loaded = await load()
    } catch (thrown) {
      return isClosed
        ? 'unchanged'
        : reject([
            fault(
              'the configuration could not be read',
              thrown,
              'this is a fault of Gatehouse; please report it',
            ),
          ])
    }
    if (isClosed) return 'unchanged'
    watcher?.watch(loaded.files)
    return take(loaded)
  }

  async function take({ compiled, problems }: Loaded): Promise<ReloadOutcome> {
    if (!compiled) return reject(problems)
    const needsRestart = restartSettings.filter(
      (name) => JSON.stringify(compiled.settings[name]) !== JSON.stringify(started.settings[name]),
    )
    const { rejectedAt: _, ...before } = status
    if (compiled.fingerprint === inForce.fingerprint) {
      status = { ...before, problems, needsRestart }
      return 'unchanged'
    }
    // What waits for a restart must not take half effect: a moved data folder, above all.
    const next = { ...compiled, settings: started.settings }
    try {
      await put(next)
    } catch (thrown) {
      await keepOnDisk(inForce)
      return reject([
        ...problems,
        fault(
          'the rules could not be put in force',
          thrown,
          'is the disk full, or the data folder not writable?',
        ),
      ])
    }
    inForce = next
    status = { version: next.rules.snapshot.version, since: clock.now(), problems, needsRestart }
    return 'changed'
  }

  /** What is on disk must be what is in force; when even that fails, the next good edit writes it. */
  async function keepOnDisk(compiled: Compiled): Promise<void> {
    try {
      await writeLastGood(compiled.settings.data, compiled)
    } catch {
      // the caller tells why the disk does not take it
    }
  }

  function reject(problems: readonly Problem[]): ReloadOutcome {
    status = { ...status, problems, rejectedAt: clock.now() }
    return 'rejected'
  }

  function close(): void {
    isClosed = true
    watcher?.close()
  }

  return { current: () => inForce, status: () => status, reload, close }
}

function nothing(problems: readonly Problem[]): never {
  throw new RejectedConfiguration(problems)
}

const fault = (what: string, thrown: unknown, fix: string): Problem => ({
  severity: 'error',
  path: '',
  message: `${what}: ${thrown instanceof Error ? thrown.message : 'unknown'}`,
  fix,
})
