// Reacts to a full disk of the journal: the ballast is deleted, so that open exchanges can close, and no new
// call is admitted until the ballast is written again.

import { codeOf, type JournalSteps, retryMs, type WriterOptions } from './journal-steps.ts'

export class DiskSpace {
  readonly #options
  #isFull = false
  #hasBallast = false

  constructor(options: Pick<WriterOptions, 'ballastBytes' | 'report'>) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#isFull
  }

  get hasBallast(): boolean {
    return this.#hasBallast
  }

  /** If the ballast can be written, there is space again. */
  *layBallast(): JournalSteps<void> {
    const { report, ballastBytes } = this.#options
    try {
      yield { kind: 'lay-ballast' }
      this.#hasBallast = true
      if (this.#isFull)
        report({ kind: 'disk-has-room', message: 'the journal has disk space again; calls are admitted' })
      this.#isFull = false
    } catch (error) {
      if (!this.#isFull)
        report({
          kind: 'disk-full',
          message: `the journal cannot reserve ${ballastBytes} bytes of disk space (${codeOf(error)}); new calls are refused until it can`,
        })
      this.#isFull = true
      yield { kind: 'plan-ballast' }
    }
  }

  /** Deletes the ballast, or waits for other processes to free space. */
  *makeSpace(): JournalSteps<void> {
    if (!this.#isFull)
      this.#options.report({
        kind: 'disk-full',
        message: 'the disk has no space left for the journal; new calls are refused until it has',
      })
    this.#isFull = true
    yield { kind: 'plan-ballast' }
    const hadBallast = this.#hasBallast
    this.#hasBallast = false
    yield hadBallast ? { kind: 'free-ballast' } : { kind: 'wait', ms: retryMs }
  }
}

export const isNoSpace = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
