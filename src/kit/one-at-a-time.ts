// Runs tasks one after the other. If two tasks create the same key, only one may find it free. Of two edits,
// the later one must win.

/** Runs each task after the earlier ones have resolved or rejected. */
export function createSerialQueue(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const turn = last.then(task)
    last = turn.catch(() => undefined)
    return turn
  }
}
