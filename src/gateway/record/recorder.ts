// Connects the parts of recording: recovers the journal of the last run, registers with the ledger, opens a
// journal for this run and starts its drain.

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
import { diskError, journalDisk } from './journal-disk.ts'
import type { Journal } from './journal.ts'
import type { JournalEvent } from './journal-steps.ts'
import { openJournal } from './journal.ts'
import type { Live } from './live.ts'
import { live } from './live.ts'
import type { Recovered } from './recovery.ts'
import { recover } from './recovery.ts'

export interface RecorderOptions {
  /** The data folder, which the caller has locked. The journal is in its `journal/`. */
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
  /** The most bytes of drained segments, in addition to the limit of one day. */
  keepBytes: number
}

export interface Recorder {
  registration: Registration
  /**
   * The ledger fenced our epoch. Starts a new epoch under the identity of the folder. The holds of the old
   * one stay in doubt.
   */
  registerAgain(): Promise<Registration>
  recovered: Recovered
  journal: Journal
  /** Journals the record and shows it to listeners. Resolves when it is written. */
  close(record: ExchangeRecord): Promise<void>
  live: Live
  floods: Floods
  drain: DrainPort
  /** Resolves when the journals of earlier runs are drained and, if proven, their holds are free again. */
  reconciled: Promise<void>
  /** Writes everything, marks the journal as clean, and drains it if the store is available. */
  end(): Promise<void>
}

const reconcileRetryMs = 5_000
const dayMs = 86_400_000
const mebibyte = 1024 * 1024
const defaults: Sizes = {
  segmentBytes: 64 * mebibyte,
  queueBytes: 32 * mebibyte,
  ballastBytes: 64 * mebibyte,
  keepBytes: 8 * 1024 * mebibyte,
}

/** @throws Error if the folder belongs to another store, or the disk cannot hold a journal; StoreDown */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { clock, drain, bootId, report } = options
  const sizes = { ...defaults, ...options.sizes }
  const folder = join(options.folder, 'journal')
  const identity = readIdentity(identityPath(options))
  const ledger = identity && (await options.ledger.holder(identity.holder))
  const recovered = recover(journalDisk(folder), { identity, ledger, bootId, now: clock.now() })
  if (recovered.closed > 0 || recovered.reason !== undefined)
    report({ kind: 'recovered', message: wordsFor(recovered) })
  const registration = await register(options, recovered)
  const { holder } = registration
  let { epoch } = registration
  const journal = await openJournal({
    folder,
    holder,
    epoch,
    bootId,
    firstNumber: recovered.nextNumber,
    previous: recovered.previous,
    sync: options.sync ?? 'batch',
    syncEveryMs: 100,
    ...sizes,
    files: options.files ?? realFiles,
    clock,
    onSynced: drain.wake,
    report,
  }).catch((error: unknown) => {
    throw diskError(folder, error)
  })
  try {
    await drain.start({
      folder,
      holder,
      from: registration.drained,
      synced: journal.synced(),
      batchRecords: 512,
      keepMs: dayMs,
      keepBytes: sizes.keepBytes,
    })
  } catch (thrown) {
    await journal.end()
    throw thrown
  }
  const watchers = live()
  const ending = new AbortController()
  // if a summary cannot be journaled, only a count is lost
  const anonymous = floods({
    clock,
    newId: options.newId,
    write: (record) => void write(record).catch(() => {}),
  })

  function write(record: ExchangeRecord): Promise<void> {
    const written = journal.close(record)
    watchers.publish(record)
    return written
  }

  function close(record: ExchangeRecord): Promise<void> {
    // an open exchange always closes; refusals must not fill the memory while the disk does not respond
    if (journal.admits() || journal.isOpen(record.id) || record.code === undefined) return write(record)
    anonymous.count(record.code, record.dialect, record.kind)
    return Promise.resolve()
  }

  return {
    registration,
    async registerAgain() {
      const again = await register(options, { proven: [], isSetBack: false })
      // later entries of the journal belong to the new epoch
      journal.changeEpoch(again.holder, again.epoch)
      epoch = again.epoch
      return again
    },
    recovered,
    journal,
    close,
    live: watchers,
    floods: anonymous,
    drain,
    reconciled: reconcile(options, registration, ending.signal),
    async end() {
      ending.abort()
      anonymous.flush()
      await journal.end()
      // a journal that is drained to its clean end needs no proof at the next start
      await drain.retire(epoch, 5_000).catch((error: unknown) => {
        // the rest of the journal is drained at the next start
        report({ kind: 'drain-failed', message: error instanceof Error ? error.message : String(error) })
      })
      await drain.stop().catch(() => {})
    },
  }
}

const identityPath = ({ folder }: Pick<RecorderOptions, 'folder'>) => join(folder, 'holder.json')

async function register(
  options: RecorderOptions,
  { proven, isSetBack, seenEpoch = 0 }: Proof,
): Promise<Registration> {
  const { ledger, bootId } = options
  const path = identityPath(options)
  const known = readIdentity(path)
  const claim = known ? { holder: known.holder, nonce: known.nonce } : {}
  const registration = await ledger.register({
    ...claim,
    bootId,
    proven,
    isSetBack,
    seenEpoch: Math.max(seenEpoch, known?.epoch ?? 0),
  })
  const { holder, nonce, timeline, epoch } = registration
  // an empty or restored store does not know the spending, so its grants could overspend every budget
  if (known && known.timeline !== timeline) {
    throw new Error(
      `the store is not the one that the data folder ${dirname(path)} belongs to (timeline ${timeline} instead of ${known.timeline}): what was spent is not known in it; ` +
        `bring back the database that was here, or run "gatehouse store adopt" to begin with what this one knows`,
    )
  }
  try {
    writeIdentity(path, { holder, nonce, timeline, epoch })
  } catch (error) {
    throw diskError(path, error)
  }
  return registration
}

type Proof = Pick<Recovered, 'proven' | 'isSetBack'> & { seenEpoch?: number }

/** Tries until it is done or the recorder ends. Never rejects. */
async function reconcile(options: RecorderOptions, { holder, epoch }: Registration, ended: AbortSignal) {
  const { drain, ledger, report, clock } = options
  while (!ended.aborted) {
    try {
      if (await drain.catchUp(60_000)) {
        await ledger.reconcile(holder, epoch)
        return
      }
    } catch (error) {
      report({
        kind: 'drain-failed',
        message: `the journal of the last run waits: ${error instanceof Error ? error.message : String(error)}`,
      })
    }
    await delay(clock, reconcileRetryMs, ended)
  }
}

const wordsFor = ({ closed, reason }: Recovered) =>
  [
    closed > 0 ? `${closed} exchanges were cut by the last stop; they are charged at their bound` : '',
    reason ?? '',
  ]
    .filter((part) => part !== '')
    .join('; ')
