// Changes of keys happen one after the other: two that create the same id must not both find it free.

/** Runs each task when the ones before it have ended, however they ended. */
export function oneAtATime(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const turn = last.then(task)
    last = turn.catch(() => undefined)
    return turn
  }
}
