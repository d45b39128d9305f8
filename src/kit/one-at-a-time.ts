// Tasks that run one after the other: of two that create the same key not both must find it free, of two
// edits the later one must win.

/** Runs each task when the ones before it have ended, however they ended. */
export function createSerialQueue(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const turn = last.then(task)
    last = turn.catch(() => undefined)
    return turn
  }
}
