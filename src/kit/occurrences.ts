// Searches one term in one text from left to right. A result is kept until it is passed, so that many short
// ranges of one long text need one search in total.

export class Occurrences {
  private readonly term: string
  private text = ''
  private next = -1

  constructor(term: string) {
    this.term = term
  }

  /** Starts with another text. */
  reset(text: string): void {
    this.text = text
    this.next = -1
  }

  /** The first occurrence that begins in [start, end); -1 if there is none. Starts must not decrease. */
  within(start: number, end: number): number {
    if (this.next < start) {
      const found = this.text.indexOf(this.term, start)
      this.next = found < 0 ? 0x7fffffff : found
    }
    return this.next < end ? this.next : -1
  }
}
