// Long work in steps, with other calls in between.

/** Work that yields wherever it may pause. */
export type Steps<Result> = Generator<undefined, Result>

/** Lets other calls go on. Rejects to stop the work. */
export type Pause = () => Promise<void>

export function runAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

export async function runInSlices<Result>(steps: Steps<Result>, pause: Pause): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    await pause()
  }
}
