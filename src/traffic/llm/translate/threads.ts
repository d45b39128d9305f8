// Threads that translate long bodies, so that the event loop goes on with other calls: translating a megabyte
// takes up to 100 ms of CPU.
//
// - A thread does one job at a time. Further jobs wait in order of arrival.
// - A thread starts when a job finds none free, and ends after a minute without a job.
// - When a call is stopped, its job leaves the queue, or its result is dropped. A running job is not
//   interrupted. The size of a body bounds its length, and its cost grows with its length.
// - If a thread dies, the call of its job fails with `internal`. The next job starts another thread.

import type { StopSignal } from '../../../kit/stop.ts'
import { availableParallelism } from 'node:os'
import { GatewayError } from '../../../contract/errors.ts'
import type { Clock, Timer } from '../../../kit/clock.ts'
import { openThread } from '../../../kit/thread.ts'
import type { Job, JobResult, RequestJob, ResponseJob, WholeResponse } from './jobs.ts'
import type { Prepared } from './pair.ts'

/**
 * Bodies larger than this are translated in a thread. For smaller ones (up to 20 ms of work) the transfer
 * costs more than it saves.
 */
export const longBody = 262_144

const idleMs = 60_000

export interface ThreadsOptions {
  clock: Pick<Clock, 'after'>
  /** The most threads. Absent means one less than the machine has processors. */
  most?: number
  newWorker?: () => Worker
}

interface Task {
  job: Job
  settle(result: JobResult): void
  fail(error: unknown): void
}

export class TranslationThreads {
  readonly #clock: Pick<Clock, 'after'>
  readonly #most: number
  readonly #newWorker: () => Worker
  readonly #waiting: Task[] = []
  readonly #threads = new Set<Thread>()
  #isClosed = false

  constructor({
    clock,
    most = Math.max(1, availableParallelism() - 1),
    newWorker = () => openThread('traffic/llm/translate/thread.ts'),
  }: ThreadsOptions) {
    this.#clock = clock
    this.#most = most
    this.#newWorker = newWorker
  }

  /**
   * @throws GatewayError as the codecs do; `internal` when the thread died, and the signal's reason when the
   * call was stopped
   */
  async prepare(job: RequestJob, signal: StopSignal): Promise<Prepared> {
    const result = await this.#run(job, signal)
    if (result.kind !== 'prepared') throw errorOf(result)
    return result.prepared
  }

  /** @throws as `prepare` */
  async translateResponse(job: ResponseJob, signal: StopSignal): Promise<WholeResponse> {
    const result = await this.#run(job, signal)
    if (result.kind !== 'response') throw errorOf(result)
    return result.response
  }

  /** Ends the threads at once, because an idle thread would keep the process alive. Remaining jobs fail. */
  close(): void {
    this.#isClosed = true
    for (const { fail } of this.#waiting.splice(0)) fail(ended('the gateway stops'))
    const threads = [...this.#threads]
    for (const thread of threads) thread.end('the gateway stops')
  }

  #run(job: Job, signal: StopSignal): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (this.#isClosed) return reject(ended('the gateway stops'))
      const done = () => signal.removeEventListener('abort', letGo)
      const task: Task = {
        job,
        settle(result) {
          done()
          resolve(result)
        },
        fail(error) {
          done()
          reject(error)
        },
      }
      const letGo = () => {
        const at = this.#waiting.indexOf(task)
        if (at >= 0) this.#waiting.splice(at, 1)
        task.fail(signal.reason)
      }
      signal.addEventListener('abort', letGo)
      this.#waiting.push(task)
      this.#assign()
    })
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ isFree }) => isFree) ?? this.#start()
      const task = thread && this.#waiting.shift()
      if (!task) return
      thread.take(task)
    }
  }

  #start(): Thread | undefined {
    if (this.#threads.size >= this.#most) return undefined
    const thread: Thread = new Thread(this.#newWorker(), {
      clock: this.#clock,
      onFree: () => this.#assign(),
      onEnd: () => {
        this.#threads.delete(thread)
        this.#assign()
      },
    })
    this.#threads.add(thread)
    return thread
  }
}

interface ThreadEvents {
  clock: Pick<Clock, 'after'>
  onFree(): void
  /** Called when the thread takes no more jobs. */
  onEnd(): void
}

class Thread {
  readonly #worker: Worker
  readonly #events: ThreadEvents
  #task: Task | undefined
  #idle: Timer | undefined
  #isOver = false

  constructor(worker: Worker, events: ThreadEvents) {
    this.#worker = worker
    this.#events = events
    worker.onmessage = (message: MessageEvent<JobResult>) => this.#finish(message.data)
    worker.onerror = (event) => {
      event.preventDefault()
      this.end('it failed')
    }
    worker.addEventListener('close', () => this.end('it ended'))
  }

  get isFree(): boolean {
    return !this.#isOver && this.#task === undefined
  }

  take(task: Task): void {
    this.#task = task
    this.#idle?.cancel()
    try {
      const { job, body } = withOwnBody(task.job)
      this.#worker.postMessage(job, [body])
    } catch (thrown) {
      this.#task = undefined
      task.fail(thrown)
    }
  }

  #finish(result: JobResult): void {
    const task = this.#task
    this.#task = undefined
    this.#idle = this.#events.clock.after(idleMs, () => this.end('it was idle'))
    task?.settle(result)
    this.#events.onFree()
  }

  end(cause: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#idle?.cancel()
    this.#worker.terminate()
    const task = this.#task
    this.#task = undefined
    task?.fail(ended(cause))
    this.#events.onEnd()
  }
}

const ended = (cause: string) =>
  new GatewayError('internal', `The thread that translated this call stopped (${cause}); try again.`)

/** Other attempts need the body, so the thread gets a copy. */
function withOwnBody(job: Job): { job: Job; body: ArrayBuffer } {
  if (job.kind === 'response') {
    const bytes = new Uint8Array(job.bytes)
    return { job: { ...job, bytes }, body: bytes.buffer }
  }
  const body = new Uint8Array(job.call.body)
  return { job: { ...job, call: { ...job.call, body } }, body: body.buffer }
}

function errorOf(result: JobResult): Error {
  if (result.kind === 'refused') return new GatewayError(result.code, result.message, result.details)
  return new Error(
    result.kind === 'failed' ? `a translation failed: ${result.message}` : 'a translation had another result',
  )
}
