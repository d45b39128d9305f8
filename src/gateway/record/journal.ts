// The journal for the gateway. It executes the steps of the writer (journal-writer.ts) on the runtime's
// threads, and runs its timers.

import { GatewayError } from '../../contract/errors.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { DrainOffset } from '../../contract/stores.ts'
import { type Clock, delay, type Timer } from '../../kit/clock.ts'
import { turnEnd } from '../../kit/turn.ts'
import { type Ballast, createBallast } from './ballast.ts'
import type { Files } from './files.ts'
import { closeLine, grantLines, openLine } from './fit.ts'
import { encodeLine, type GrantEntry, type OpenEntry, type SegmentEnd } from './journal-format.ts'
import type { Batch, JournalStep, JournalSteps, WriterOptions } from './journal-steps.ts'
import { type JournalWriter, openWriter } from './journal-writer.ts'
import { closeSegment, createSegment, type Segment } from './segment.ts'

export interface JournalOptions extends Omit<WriterOptions, 'now'> {
  /** The folder exists, and only this process uses it (storage/sqlite/lock.ts). */
  folder: string
  /** The number of the first segment, higher than any in the folder. */
  firstNumber: number
  /** The previous segment, if there is one. */
  previous?: SegmentEnd | undefined
  syncEveryMs: number
  files: Files
  clock: Clock
}

export interface Journal {
  /**
   * Resolves when it is written. No byte may go upstream before that. @throws GatewayError `overloaded`,
   * `internal` (too many buckets for a line)
   */
  open(entry: OpenEntry): Promise<void>
  /** Resolves when it is written. The terminal event must not be sent before that. */
  close(record: ExchangeRecord): Promise<void>
  grant(entry: GrantEntry): Promise<void>
  isOpen(exchange: string): boolean
  /** The end of the part that survives a loss of power. */
  synced(): DrainOffset
  /** Later entries belong to another epoch, in a new segment. */
  changeEpoch(holder: string, epoch: number): void
  /** False means that new calls are refused with `overloaded`. */
  admits(): boolean
  /** The reason why `/readyz` must fail. Undefined if it must not. */
  trouble(): string | undefined
  stats(): ReturnType<JournalWriter['stats']>
  /** Writes the queued entries and the mark that nothing is missing. Later entries are refused. */
  end(): Promise<void>
}

const ballastRetryMs = 5_000

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const disk = new StepRunner(options)
  const { firstNumber, previous, clock } = options
  const writer = await disk.drive(openWriter({ ...options, now: clock.now }, firstNumber, previous))
  return new FileJournal(options, disk, writer)
}

class FileJournal implements Journal {
  readonly #clock
  readonly #disk
  readonly #writer
  #isEnded = false

  constructor({ clock }: JournalOptions, disk: StepRunner, writer: JournalWriter) {
    this.#clock = clock
    this.#disk = disk
    this.#writer = writer
    disk.serve(writer)
  }

  open(entry: OpenEntry): Promise<void> {
    if (!this.admits())
      return Promise.reject(
        new GatewayError(
          'overloaded',
          'The journal cannot take another call at the moment; try again later.',
        ),
      )
    const line = openLine(entry)
    if (line === undefined)
      return Promise.reject(
        new GatewayError(
          'internal',
          `Exchange ${entry.exchange} has more budgets than a line of the journal can hold.`,
        ),
      )
    return this.#enqueue(line, { opens: entry.exchange })
  }

  close(record: ExchangeRecord): Promise<void> {
    try {
      return this.#enqueue(closeLine(record), { closes: record.id })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async grant(entry: GrantEntry): Promise<void> {
    this.#writer.noteGrant(entry.seq ?? 0)
    await Promise.all(grantLines(entry).map((line) => this.#enqueue(line)))
  }

  isOpen(exchange: string): boolean {
    return this.#writer.isOpen(exchange)
  }

  synced(): DrainOffset {
    return this.#writer.synced()
  }

  changeEpoch(holder: string, epoch: number): void {
    this.#writer.changeEpoch(holder, epoch)
  }

  admits(): boolean {
    return !this.#isEnded && this.#writer.admits()
  }

  trouble(): string | undefined {
    return this.#writer.trouble()
  }

  stats(): ReturnType<JournalWriter['stats']> {
    return this.#writer.stats()
  }

  async end(): Promise<void> {
    if (this.#isEnded) return
    const last = this.#enqueue(encodeLine({ kind: 'clean-close', at: this.#clock.now() }))
    this.#isEnded = true
    await last
    await this.#disk.end()
  }

  #enqueue(line: string, about?: Parameters<JournalWriter['add']>[1]): Promise<void> {
    if (this.#isEnded)
      return Promise.reject(
        new GatewayError('draining', 'The gateway is shutting down; its journal is closed.'),
      )
    const written = this.#disk.whenWritten(this.#writer.add(line, about))
    this.#disk.writeIfIdle()
    return written
  }
}

/** Executes the steps of the writer, and starts the delayed ones. */
class StepRunner {
  readonly #options
  readonly #ballast: Ballast
  readonly #promises = new WeakMap<Batch, PromiseWithResolvers<void>>()
  #writer: JournalWriter | undefined
  #syncTimer: Timer | undefined
  #syncing: Promise<void> | undefined
  #ballastTimer: Timer | undefined
  #isEnding = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#ballast = createBallast(options.files, options.folder, options.ballastBytes)
  }

  serve(writer: JournalWriter): void {
    this.#writer = writer
    void this.drive(writer.layBallast())
  }

  async drive<Result>(steps: JournalSteps<Result>): Promise<Result> {
    let step = steps.next()
    while (!step.done) {
      if (step.value.kind === 'turn') {
        await turnEnd()
        step = steps.next(undefined)
        continue
      }
      let result: Segment | number | undefined
      try {
        const doing = this.#carryOut(step.value)
        result = doing instanceof Promise ? await doing : undefined
      } catch (error) {
        step = steps.throw(error)
        continue
      }
      step = steps.next(result)
    }
    return step.value
  }

  whenWritten(batch: Batch): Promise<void> {
    let promise = this.#promises.get(batch)
    if (!promise) this.#promises.set(batch, (promise = Promise.withResolvers()))
    return promise.promise
  }

  writeIfIdle(): void {
    if (this.#writer?.isIdle()) void this.drive(this.#writer.write())
  }

  async end(): Promise<void> {
    this.#isEnding = true
    this.#syncTimer?.cancel()
    this.#ballastTimer?.cancel()
    if (this.#writer) await this.drive(this.#writer.end())
    this.#syncTimer?.cancel()
  }

  #carryOut(step: Exclude<JournalStep, { kind: 'turn' }>): Promise<Segment | number | undefined> | undefined {
    const { files, folder, clock } = this.#options
    switch (step.kind) {
      case 'create':
        return createSegment(files, folder, step.header, step.content)
      case 'write':
        return step.segment.file.write(step.bytes, step.segment.position)
      case 'sync':
        return withoutResult(step.segment.file.sync())
      case 'close':
        return withoutResult(closeSegment(step.segment))
      case 'wait':
        return withoutResult(delay(clock, step.ms))
      case 'sync-ended':
        return this.#syncing && withoutResult(this.#syncing)
      case 'free-ballast':
        return withoutResult(this.#ballast.free())
      case 'lay-ballast':
        return withoutResult(this.#ballast.provide())
      case 'written':
        this.#promises.get(step.batch)?.resolve()
        break
      case 'plan-sync':
        this.#planSync()
        break
      case 'plan-ballast':
        this.#planBallast()
    }
    return undefined
  }

  #planSync(): void {
    if (this.#syncTimer || this.#syncing) return
    this.#syncTimer = this.#options.clock.after(this.#options.syncEveryMs, () => {
      this.#syncTimer = undefined
      if (this.#writer) this.#syncing = this.#sync(this.#writer)
    })
  }

  async #sync(writer: JournalWriter): Promise<void> {
    try {
      await this.drive(writer.syncOnce())
    } finally {
      this.#syncing = undefined
      // a failure that happened while nothing was written
      if (writer.isIdle()) this.writeIfIdle()
      else if (writer.hasUnsynced()) this.#planSync()
    }
  }

  #planBallast(): void {
    if (this.#isEnding) return
    this.#ballastTimer ??= this.#options.clock.after(ballastRetryMs, () => {
      this.#ballastTimer = undefined
      if (this.#writer) void this.drive(this.#writer.layBallast())
    })
  }
}

const withoutResult = (doing: Promise<unknown>): Promise<undefined> => doing.then(() => undefined)
