// Publishes configuration: compile → write → swap. A broken edit changes nothing: the last good configuration stays
// active, and the mistakes are kept for queries.

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
  /** The result of the first load. */
  first: Loaded
  /**
   * Reads and compiles the configuration without delaying calls. It runs at each reload, never twice at once.
   */
  load: () => Promise<Loaded>
  /**
   * The rules to start with if the first load has errors, which are then reported like those of a broken edit. If it
   * is absent, errors prevent the start.
   */
  lastGood?: Compiled
  /**
   * Activates rules. Called at the start and after each change. If it throws, the earlier rules stay.
   */
  swap: (compiled: Compiled) => void
  clock: Clock
  /** Watch the files for edits? */
  watches: boolean
  /** Called after each reload, for the log. */
  report?: ((status: PublishStatus, outcome: ReloadOutcome, by: Actor) => void) | undefined
}

export type ReloadOutcome = 'changed' | 'unchanged' | 'rejected'

export interface PublishStatus {
  /** The version of the active rules. */
  version: string
  /** The time of their activation, ms since the epoch. */
  since: number
  /** The problems of the last load: warnings, and errors if it was rejected. */
  problems: readonly Problem[]
  /** The time at which the last edit was rejected. */
  rejectedAt?: number
  /** Settings that changed since the start and need a restart, such as `listen`. */
  needsRestart: readonly string[]
}

export interface Publisher {
  /** The active rules. */
  current(): Compiled
  status(): PublishStatus
  /** Reloads run one after the other, so that the later of two edits is active at the end. Never rejects. */
  reload(by: Actor): Promise<ReloadOutcome>
  close(): void
}

/** There are no rules to start with. */
export class RejectedConfiguration extends Error {
  override name = 'RejectedConfiguration'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super('the configuration has mistakes')
    this.problems = problems
  }
}

/**
 * @throws RejectedConfiguration if the first load has errors and there are no last good rules. Nothing is active in
 * that case.
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
  let active = started
  await put(started)
  let status: PublishStatus = {
    version: active.rules.snapshot.version,
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

  // The watcher's timer calls it too, and does not catch errors.
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
              'this is a bug in Gatehouse; please report it',
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
    if (compiled.fingerprint === active.fingerprint) {
      status = { ...before, problems, needsRestart }
      return 'unchanged'
    }
    // A setting that needs a restart must not take effect in part. A moved data folder is the worst case.
    const next = { ...compiled, settings: started.settings }
    try {
      await put(next)
    } catch (thrown) {
      await keepOnDisk(active)
      return reject([
        ...problems,
        fault(
          'the rules could not be activated',
          thrown,
          'check whether the disk is full and the data folder is writable',
        ),
      ])
    }
    active = next
    status = { version: next.rules.snapshot.version, since: clock.now(), problems, needsRestart }
    return 'changed'
  }

  /** The file must have the active rules. If this write fails too, the next good edit writes them. */
  async function keepOnDisk(compiled: Compiled): Promise<void> {
    try {
      await writeLastGood(compiled.settings.data, compiled)
    } catch {
      // The caller reports the reason.
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

  return { current: () => active, status: () => status, reload, close }
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
