// A target's recent time to its first output. Streamed and whole responses are separate, because a whole one
// arrives with its last token.

/** Weight of the newest: a change shows after a few calls, one slow call does not decide. */
const newest = 0.2

export class Latency {
  #streamed: number | undefined
  #whole: number | undefined

  note(isStream: boolean, ms: number): void {
    if (isStream) this.#streamed = blend(this.#streamed, ms)
    else this.#whole = blend(this.#whole, ms)
  }

  /** ms; undefined without a measurement. */
  of(isStream: boolean): number | undefined {
    return isStream ? this.#streamed : this.#whole
  }
}

const blend = (before: number | undefined, ms: number) =>
  before === undefined ? ms : before + newest * (ms - before)
