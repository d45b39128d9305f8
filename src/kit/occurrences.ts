// One search term in one text, asked for from left to right: an answer is kept until it is passed, so that
// many short ranges of one long text cost one search and not one each.

export class Occurrences {
  private readonly term: string
  private text = ''
  private next = -1

  constructor(term: string) {
    this.term = term
  }

  /** Begins another text. */
  reset(text: string): void {
    this.text = text
    this.next = -1
  }

  /** The first occurrence that begins in [start, end); -1 when there is none. Starts must not decrease. */
  within(start: number, end: number): number {
    if (this.next < start) {
      const found = this.text.indexOf(this.term, start)
      this.next = found < 0 ? 0x7fffffff : found
    }
    return this.next < end ? this.next : -1
  }
}
