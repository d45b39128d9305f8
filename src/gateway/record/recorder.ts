// Records, wired: recovers the journal of the last run, registers with the ledger, opens a journal for this run and has it drained.

import { dirname, join } from 'node:path'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { DrainEvent, DrainPort } from '../../contract/drain.ts'
import type { Ledger, Registration } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import { delay } from '../../kit/clock.ts'
import type { Files } from './files.ts'
import { realFiles } from './files.ts'
import type { Floods } from './floods.ts'
import { floods } from './floods.ts'
import { readIdentity, writeIdentity } from './identity.ts'
import type { Journal, JournalEvent } from './journal.ts'
import { openJournal } from './journal.ts'
import type { Live } from './live.ts'
import { live } from './live.ts'
import type { Recovered } from './recovery.ts'
import { recover } from './recovery.ts'

export interface RecorderOptions {
  /** The data folder; locked by the caller. The journal is its `journal/`. */
  folder: string
  ledger: Ledger
  drain: DrainPort
  clock: Clock
  bootId: string
  newId(): string
  report(event: JournalEvent | DrainEvent | { kind: 'recovered'; message: string }): void
  sync?: 'batch' | 'each'
  files?: Files
  /** Sizes, for tests and small disks. */
  sizes?: Partial<Sizes>
}

interface Sizes {
  segmentBytes: number
  queueBytes: number
  ballastBytes: number
  /** Of drained segments, beside the day that they are kept. */
  keepBytes: number
}

export interface Recorder {
  registration: Registration
  /** The ledger fenced our epoch off: a new one, under the identity of the folder. What the old one held stays in doubt. */
  registerAgain(): Promise<Registration>
  recovered: Recovered
  journal: Journal
  /** Journals the record and shows it to whoever watches. Resolves when it is written. */
  close(record: ExchangeRecord): Promise<void>
  live: Live
  floods: Floods
  drain: DrainPort
  /** Resolves when the journals of earlier runs are drained and, if proven, what they held is free again. */
  reconciled: Promise<void>
  /** Everything written, marked clean, and drained if the store lets us. */
  end(): Promise<void>
}

const reconcileRetryMs = 5_000
const dayMs = 86_400_000
const mebibyte = 1024 * 1024
const defaults: Sizes = { segmentBytes: 64 * mebibyte, queueBytes: 32 * mebibyte, ballastBytes: 64 * mebibyte, keepBytes: 8 * 1024 * mebibyte }

/** @throws Error when the store is not the one that the folder belongs to, or the disk does not take a journal; StoreDown */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { clock, drain, bootId, report } = options
  const sizes = { ...defaults, ...options.sizes }
  const folder = join(options.folder, 'journal')
  const recovered = recover(folder, bootId, clock.now())
  if (recovered.closed > 0 || recovered.reason !== undefined) report({ kind: 'recovered', message: wordsFor(recovered) })
  const registration = await register(options, recovered)
  const { holder, epoch } = registration
  const journal = await openJournal({
    folder,
    holder,
    epoch,
    bootId,
    firstNumber: recovered.nextNumber,
    sync: options.sync ?? 'batch',
    syncEveryMs: 100,
    ...sizes,
    files: options.files ?? realFiles,
    clock,
    onSynced: drain.wake,
    report,
  })
  try {
    await drain.start({ folder, holder, from: registration.drained, batchRecords: 256, keepMs: dayMs, keepBytes: sizes.keepBytes })
  } catch (thrown) {
    await journal.end()
    throw thrown
  }
  const watchers = live()
  const ending = new AbortController()
  // a summary that cannot be journaled is only a count less
  const anonymous = floods({ clock, newId: options.newId, write: (record) => void write(record).catch(() => {}) })

  function write(record: ExchangeRecord): Promise<void> {
    const written = journal.close(record)
    watchers.publish(record)
    return written
  }

  function close(record: ExchangeRecord): Promise<void> {
    // an open exchange always closes; refusals must not fill the memory while the disk does not answer
    if (journal.admits() || journal.isOpen(record.id) || record.code === undefined) return write(record)
    anonymous.count(record.code, record.dialect, record.kind)
    return Promise.resolve()
  }

  return {
    registration,
    registerAgain: () => register(options, { isProven: false }),
    recovered,
    journal,
    close,
    live: watchers,
    floods: anonymous,
    drain,
    reconciled: reconcile(options, registration, recovered.isProven, ending.signal),
    async end() {
      ending.abort()
      anonymous.flush()
      await journal.end()
      await drain.catchUp(5_000).catch((error: unknown) => {
        // what is left in the journal is drained at the next start
        report({ kind: 'drain-failed', message: error instanceof Error ? error.message : String(error) })
      })
      await drain.stop().catch(() => {})
    },
  }
}

async function register({ folder, ledger, bootId }: RecorderOptions, recovered: Pick<Recovered, 'isProven'>): Promise<Registration> {
  const path = join(folder, 'holder.json')
  const known = readIdentity(path)
  const claim = known ? { holder: known.holder, nonce: known.nonce } : {}
  const registration = await ledger.register({ ...claim, bootId, isJournalProven: recovered.isProven })
  const { holder, nonce, timeline } = registration
  // an empty or restored store does not know what was spent: granting from it could overspend every budget
  if (known && known.timeline !== timeline) {
    throw new Error(
      `the store is not the one that the data folder ${dirname(path)} belongs to (timeline ${timeline} instead of ${known.timeline}): what was spent is not known in it; ` +
        `bring back the database that was here, or remove ${path} to begin with empty budgets`,
    )
  }
  writeIdentity(path, { holder, nonce, timeline })
  return registration
}

/** Tries until it is done or the recorder ends. Never rejects. */
async function reconcile({ drain, ledger, report, clock }: RecorderOptions, { holder, epoch }: Registration, isProven: boolean, ended: AbortSignal) {
  while (!ended.aborted) {
    try {
      if (await drain.catchUp(60_000)) {
        if (isProven) await ledger.reconcile(holder, epoch)
        return
      }
    } catch (error) {
      report({ kind: 'drain-failed', message: `the journal of the last run waits: ${error instanceof Error ? error.message : String(error)}` })
    }
    await delay(clock, reconcileRetryMs, ended)
  }
}

const wordsFor = ({ closed, reason }: Recovered) =>
  [
    closed > 0 ? `${closed} exchanges were cut by the last stop; they are charged at their bound` : '',
    reason ? `what the last run held stays in doubt: ${reason}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ')
