// Compiles configuration in a separate thread, so that a large one does not delay calls. The thread starts with an
// edit and ends soon after it: edits are rare but come in bursts, and compiling needs megabytes.

import type { Compiled, Loaded } from '../control/index.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import { openThread } from '../kit/thread.ts'
import type { Environment } from './reveal.ts'

/** The input of the thread; it stays within the process. */
export interface CompileTask {
  path: string | undefined
  folder: string
  environment: Environment
  /** The installation's key, which encrypts literal secrets. */
  key: Uint8Array
  /** ms since the epoch */
  now: number
}

export type CompileResult =
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

/** Far more than any configuration needs. A hanging thread must not block all later edits. */
const longestMs = 120_000
const idleMs = 10_000

export class Compiler {
  readonly #clock: Clock
  readonly #thread: () => Worker
  #worker: Worker | undefined
  #idle: Timer | undefined
  /** Rejects the running task. */
  #reject: ((error: Error) => void) | undefined

  constructor({ clock, thread = () => openThread('main/compile-thread.ts') }: CompilerOptions) {
    this.#clock = clock
    this.#thread = thread
  }

  /** One task at a time. Rejects when the thread fails or ends. */
  async load(task: CompileTask): Promise<Loaded> {
    this.#idle?.cancel()
    const worker = (this.#worker ??= this.#thread())
    const late = this.#clock.after(longestMs, () =>
      this.#end(`compiling took longer than ${longestMs / 1_000} s`),
    )
    try {
      return await new Promise<Loaded>((resolve, reject) => {
        this.#reject = reject
        worker.onmessage = ({ data }: MessageEvent<CompileResult>) => {
          if (data.kind === 'loaded') resolve(loadedOf(data))
          else reject(new Error(data.message))
        }
        worker.onerror = (event) => {
          event.preventDefault()
          this.#end('the thread that compiles it ended')
        }
        worker.postMessage(task)
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

function loadedOf({ problems, files, compiled }: Extract<CompileResult, { kind: 'loaded' }>): Loaded {
  if (!compiled) return { problems, files }
  // Text crosses threads cheaply. A tree of objects would be copied node by node on both sides.
  const rules: Compiled['rules'] = JSON.parse(compiled.rulesText)
  return { problems, files, compiled: { ...compiled, rules } }
}
