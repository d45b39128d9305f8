// Divides long work into steps, so that other calls can run in between.

/** Work that yields at every place where it may pause. */
export type Steps<Result> = Generator<undefined, Result>

/** Lets other calls run. Rejects to stop the work. */
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
