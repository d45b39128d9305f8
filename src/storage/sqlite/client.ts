// The main thread's end of a store thread. Each call is a message with a deadline.

import { type DrainOffset, StoreDown } from '../../contract/stores.ts'
import type { Clock, Timer } from '../../kit/clock.ts'
import type { DrainEvent } from '../../contract/drain.ts'
import type { Answer, Calls, Question, Role } from './calls.ts'

export interface ThreadClient {
  /** @throws StoreDown after the deadline, or when the store does not work */
  call<Name extends keyof Calls>(
    name: Name,
    takes: Parameters<Calls[Name]>,
    deadlineMs: number,
  ): Promise<ReturnType<Calls[Name]>>
  /** The time of the thread's last message, monotonic ms. */
  heardAt(): number
  /** Notifies the drain that there may be something new. */
  wake(synced?: DrainOffset): void
  close(): Promise<void>
}

export interface ThreadOptions {
  role: Role
  path: string
  clock: Clock
  onEvent(event: DrainEvent): void
  newWorker(): Worker
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
  timer: Timer
}

/** The most calls that may wait for a result. Beyond it the store counts as down. */
const waitingLimit = 10_000

/** Resolves when the store is open. @throws Error with the reason if it cannot be opened */
export async function startThread({
  role,
  path,
  clock,
  onEvent,
  newWorker,
}: ThreadOptions): Promise<ThreadClient> {
  const worker = newWorker()
  const waiting = new Map<number, Waiting>()
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  let lastId = 0
  let isDead = false
  let heardAt = clock.monotonic()

  worker.onmessage = (message: MessageEvent<Answer>) => {
    const answer = message.data
    heardAt = clock.monotonic()
    if (answer.kind === 'opened') opened.resolve()
    else if (answer.kind === 'closed') closed.resolve()
    else if (answer.kind === 'event') onEvent(answer.event)
    else settle(answer)
  }
  worker.onerror = (event) => die(event.message)

  function settle(answer: Extract<Answer, { kind: 'answer' | 'error' }>) {
    if (answer.id === undefined)
      return opened.reject(new Error(answer.kind === 'error' ? answer.message : ''))
    const caller = waiting.get(answer.id)
    // too late: the caller has already received that the store is down
    if (!caller) return
    waiting.delete(answer.id)
    caller.timer.cancel()
    if (answer.kind === 'answer') caller.resolve(answer.value)
    else caller.reject(answer.isStoreDown ? new StoreDown(answer.message) : new Error(answer.message))
  }

  /** Rejects all calls, because no result can arrive any more. */
  function forsake(cause: string) {
    for (const { reject, timer } of waiting.values()) {
      timer.cancel()
      reject(new StoreDown(`the thread of the embedded store ended: ${cause}`))
    }
    waiting.clear()
  }

  function die(cause: string) {
    isDead = true
    forsake(cause)
    opened.reject(new StoreDown(`the thread of the embedded store ended: ${cause}`))
    closed.resolve()
    onEvent({
      kind: 'store-down',
      message: `the thread of the embedded store ended (${cause}); restart Gatehouse`,
    })
  }

  const ask = (question: Question) => worker.postMessage(question)

  try {
    ask({ kind: 'open', role, path })
    await opened.promise
  } catch (error) {
    worker.terminate()
    throw error
  }

  return {
    call(name, takes, deadlineMs) {
      if (isDead) return Promise.reject(new StoreDown('the embedded store is closed'))
      if (waiting.size >= waitingLimit)
        return Promise.reject(new StoreDown('too many questions wait for the embedded store'))
      const id = ++lastId
      return new Promise((resolve, reject) => {
        const timer = clock.after(deadlineMs, () => {
          waiting.delete(id)
          reject(new StoreDown(`the embedded store did not answer within ${deadlineMs} ms`))
        })
        // calls.ts types both ends, but not the messages between them
        waiting.set(id, { resolve, reject, timer })
        ask({ kind: 'call', id, name, takes })
      })
    },
    heardAt: () => heardAt,
    wake(synced) {
      if (!isDead) ask({ kind: 'wake', synced })
    },
    async close() {
      if (!isDead) {
        isDead = true
        ask({ kind: 'close' })
      }
      await closed.promise
      forsake('it was closed')
      worker.terminate()
    },
  }
}
