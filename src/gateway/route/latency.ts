// How long a target lately took to its first output, streamed and whole responses apart: a whole one comes
// with its last word.

/** Weight of the newest: a change shows after a few calls, one slow call does not decide. */
const newest = 0.2

export class Latency {
  #streamed: number | undefined
  #whole: number | undefined

  note(isStream: boolean, ms: number): void {
    if (isStream) this.#streamed = blend(this.#streamed, ms)
    else this.#whole = blend(this.#whole, ms)
  }

  /** ms; undefined: none was seen. */
  of(isStream: boolean): number | undefined {
    return isStream ? this.#streamed : this.#whole
  }
}

const blend = (before: number | undefined, ms: number) =>
  before === undefined ? ms : before + newest * (ms - before)
