// Long work in steps, with other calls in between.

/** Work that yields wherever it may pause. */
export type Steps<Result> = Generator<undefined, Result>

/** @param pause lets other work run; rejects to stop the work */
export async function runInSlices<Result>(steps: Steps<Result>, pause: () => Promise<void>): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    await pause()
  }
}
