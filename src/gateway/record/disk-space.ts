// Whether the journal's disk has free space, and what happens when it has none: the ballast is freed, so that
// open exchanges can close, and nothing new is admitted until the ballast is laid again.

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

  /** A ballast that can be laid proves that there is space again. */
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

  /** Frees the ballast, or waits for others to free space. */
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
