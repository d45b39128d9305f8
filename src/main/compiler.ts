// Compiles configuration in a thread of its own, so that a large one holds up no call. The thread is started
// for an edit and ends soon after: edits are rare but come in bursts, and what compiling needs takes
// megabytes.

import type { Compiled, Loaded } from '../control/index.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import { openThread } from '../kit/thread.ts'
import type { Environment } from './reveal.ts'

/** All that the thread needs; it stays within the process. */
export interface CompileQuestion {
  path: string | undefined
  folder: string
  environment: Environment
  /** Seals literal secrets as the installation does. */
  key: Uint8Array
  /** ms since the epoch */
  now: number
}

export type CompileAnswer =
  | {
      kind: 'loaded'
      problems: Loaded['problems']
      files: Loaded['files']
      compiled?: Pick<Compiled, 'rulesText' | 'fingerprint' | 'settings' | 'tests'>
    }
  | { kind: 'failed'; message: string }

export interface CompilerOptions {
  clock: Clock
  /** For tests. */
  thread?: () => Worker
}

/** Far more than any configuration takes: a thread that hangs must not hold up every later edit. */
const longestMs = 120_000
const idleMs = 10_000

export class Compiler {
  readonly #clock: Clock
  readonly #thread: () => Worker
  #worker: Worker | undefined
  #idle: Timer | undefined
  /** Of the question that is asked. */
  #reject: ((error: Error) => void) | undefined

  constructor({ clock, thread = () => openThread('main/compile-thread.ts') }: CompilerOptions) {
    this.#clock = clock
    this.#thread = thread
  }

  /** One at a time. Rejects when the thread fails, or is ended. */
  async load(question: CompileQuestion): Promise<Loaded> {
    this.#idle?.cancel()
    const worker = (this.#worker ??= this.#thread())
    const late = this.#clock.after(longestMs, () =>
      this.#end(`compiling took longer than ${longestMs / 1_000} s`),
    )
    try {
      return await new Promise<Loaded>((resolve, reject) => {
        this.#reject = reject
        worker.onmessage = ({ data }: MessageEvent<CompileAnswer>) => {
          if (data.kind === 'loaded') resolve(loadedOf(data))
          else reject(new Error(data.message))
        }
        worker.onerror = (event) => {
          event.preventDefault()
          this.#end('the thread that compiles it ended')
        }
        worker.postMessage(question)
      })
    } finally {
      late.cancel()
      this.#reject = undefined
      if (this.#worker) this.#idle = this.#clock.after(idleMs, () => this.#end('it was idle'))
    }
  }

  close(): void {
    this.#end('the gateway stops')
  }

  #end(why: string): void {
    this.#idle?.cancel()
    this.#worker?.terminate()
    this.#worker = undefined
    this.#reject?.(new Error(why))
  }
}

function loadedOf({ problems, files, compiled }: Extract<CompileAnswer, { kind: 'loaded' }>): Loaded {
  if (!compiled) return { problems, files }
  // Text crosses threads as it is; a tree of objects would be copied node by node on both sides.
  const rules: Compiled['rules'] = JSON.parse(compiled.rulesText)
  return { problems, files, compiled: { ...compiled, rules } }
}
