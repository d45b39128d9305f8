// The journal as the gateway has it: carries out the steps of its writer (journal-writer.ts), on the
// runtime's own threads, and keeps time for it.

import { GatewayError } from '../../contract/errors.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { DrainOffset } from '../../contract/stores.ts'
import { type Clock, delay, type Timer } from '../../kit/clock.ts'
import { turnEnd } from '../../kit/turn.ts'
import { ballast } from './ballast.ts'
import type { Files } from './files.ts'
import { closeLine, grantLines, openLine } from './fit.ts'
import { encodeLine, type GrantEntry, type OpenEntry, type SegmentEnd } from './journal-format.ts'
import {
  type Batch,
  type JournalStep,
  type JournalSteps,
  type JournalWriter,
  openWriter,
  type WriterOptions,
} from './journal-writer.ts'
import { closeSegment, createSegment, type Segment } from './segment.ts'

export interface JournalOptions extends Omit<WriterOptions, 'now'> {
  /** Exists, and is this process's alone (storage/sqlite/lock.ts). */
  folder: string
  /** Number of the first segment; higher than any in the folder. */
  firstNumber: number
  /** The segment before it, if there is one. */
  previous?: SegmentEnd | undefined
  syncEveryMs: number
  files: Files
  clock: Clock
}

export interface Journal {
  /**
   * Resolves when it is written: not before may a byte go upstream. @throws GatewayError `overloaded`,
   * `internal` (too many buckets for a line)
   */
  open(entry: OpenEntry): Promise<void>
  /** Resolves when it is written: not before may the terminal event go out. */
  close(record: ExchangeRecord): Promise<void>
  grant(entry: GrantEntry): Promise<void>
  isOpen(exchange: string): boolean
  /** Up to where it survives a loss of power. */
  synced(): DrainOffset
  /** What is journaled from now on is of another epoch, in a segment of its own. */
  changeEpoch(holder: string, epoch: number): void
  /** false: refuse new calls with `overloaded`. */
  admits(): boolean
  /** Why `/readyz` must say no; undefined: all is well. */
  trouble(): string | undefined
  stats(): ReturnType<JournalWriter['stats']>
  /** Writes what is queued and the mark that nothing is missing. Entries that come later are refused. */
  end(): Promise<void>
}

const ballastRetryMs = 5_000

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { files, clock, folder } = options
  const room = ballast(files, folder, options.ballastBytes)
  const promises = new WeakMap<Batch, PromiseWithResolvers<void>>()
  let syncTimer: Timer | undefined
  let syncing: Promise<void> | undefined
  let ballastTimer: Timer | undefined
  let isEnded = false
  const writer = await drive(
    openWriter({ ...options, now: clock.now }, options.firstNumber, options.previous),
  )
  void drive(writer.layBallast())

  async function drive<Result>(steps: JournalSteps<Result>): Promise<Result> {
    let step = steps.next()
    while (!step.done) {
      if (step.value.kind === 'turn') {
        await turnEnd()
        step = steps.next(undefined)
        continue
      }
      let answer: Segment | number | undefined
      try {
        const doing = carryOut(step.value)
        answer = doing instanceof Promise ? await doing : undefined
      } catch (error) {
        step = steps.throw(error)
        continue
      }
      step = steps.next(answer)
    }
    return step.value
  }

  function carryOut(
    step: Exclude<JournalStep, { kind: 'turn' }>,
  ): Promise<Segment | number | undefined> | undefined {
    switch (step.kind) {
      case 'create':
        return createSegment(files, folder, step.header, step.content)
      case 'write':
        return step.segment.file.write(step.bytes, step.segment.position)
      case 'sync':
        return nothing(step.segment.file.sync())
      case 'close':
        return nothing(closeSegment(step.segment))
      case 'wait':
        return nothing(delay(clock, step.ms))
      case 'sync-ended':
        return syncing && nothing(syncing)
      case 'free-ballast':
        return nothing(room.free())
      case 'lay-ballast':
        return nothing(room.provide())
      case 'written':
        promises.get(step.batch)?.resolve()
        break
      case 'plan-sync':
        planSync()
        break
      case 'plan-ballast':
        if (!isEnded) ballastTimer ??= clock.after(ballastRetryMs, layBallast)
    }
    return undefined
  }

  function planSync() {
    if (syncTimer || syncing) return
    syncTimer = clock.after(options.syncEveryMs, () => {
      syncTimer = undefined
      syncing = drive(writer.syncOnce()).finally(() => {
        syncing = undefined
        // a failure that struck while nobody was writing
        if (writer.isIdle()) void drive(writer.write())
        else if (writer.hasUnsynced()) planSync()
      })
    })
  }

  function layBallast() {
    ballastTimer = undefined
    void drive(writer.layBallast())
  }

  function enqueue(line: string, about?: Parameters<JournalWriter['add']>[1]): Promise<void> {
    if (isEnded)
      return Promise.reject(
        new GatewayError('draining', 'The gateway is shutting down; its journal is closed.'),
      )
    const batch = writer.add(line, about)
    let promise = promises.get(batch)
    if (!promise) promises.set(batch, (promise = Promise.withResolvers()))
    if (writer.isIdle()) void drive(writer.write())
    return promise.promise
  }

  const admits = () => !isEnded && writer.admits()

  return {
    open(entry) {
      if (!admits())
        return Promise.reject(
          new GatewayError(
            'overloaded',
            'The journal cannot take another call at the moment; try again later.',
          ),
        )
      const line = openLine(entry)
      if (line === undefined) {
        return Promise.reject(
          new GatewayError(
            'internal',
            `Exchange ${entry.exchange} has more budgets than a line of the journal can hold.`,
          ),
        )
      }
      return enqueue(line, { opens: entry.exchange })
    },
    close(record) {
      try {
        return enqueue(closeLine(record), { closes: record.id })
      } catch (error) {
        return Promise.reject(error)
      }
    },
    async grant(entry) {
      writer.noteGrant(entry.seq ?? 0)
      await Promise.all(grantLines(entry).map((line) => enqueue(line)))
    },
    isOpen: (exchange) => writer.isOpen(exchange),
    synced: () => writer.synced(),
    changeEpoch: (holder, epoch) => writer.changeEpoch(holder, epoch),
    admits,
    trouble: () => writer.trouble(),
    stats: () => writer.stats(),
    async end() {
      if (isEnded) return
      const last = enqueue(encodeLine({ kind: 'clean-close', at: clock.now() }))
      isEnded = true
      await last
      syncTimer?.cancel()
      ballastTimer?.cancel()
      await drive(writer.end())
      syncTimer?.cancel()
    },
  }
}

const nothing = (doing: Promise<unknown>): Promise<undefined> => doing.then(() => undefined)
