// The header fields of a response, in the order of arrival.

import type { ResponseHeaders } from '../../contract/upstream.ts'

export class Fields implements ResponseHeaders {
  #names: string[] = []
  #values: string[] = []

  /** @param name in lower case */
  add(name: string, value: string): void {
    this.#names.push(name)
    this.#values.push(value)
  }

  /** For a field that is repeated: all its values, joined. */
  get(name: string): string | null {
    const wanted = name.toLowerCase()
    const first = this.#names.indexOf(wanted)
    if (first < 0) return null
    if (this.#names.indexOf(wanted, first + 1) < 0) return this.#values[first] ?? ''
    return this.#values.filter((_, at) => this.#names[at] === wanted).join(', ')
  }

  has(name: string): boolean {
    return this.#names.includes(name.toLowerCase())
  }

  delete(name: string): void {
    const unwanted = name.toLowerCase()
    if (!this.#names.includes(unwanted)) return
    this.#values = this.#values.filter((_, at) => this.#names[at] !== unwanted)
    this.#names = this.#names.filter((other) => other !== unwanted)
  }

  forEach(run: (value: string, name: string) => void): void {
    for (let at = 0; at < this.#names.length; at += 1) run(this.#values[at] ?? '', this.#names[at] ?? '')
  }

  *[Symbol.iterator](): Generator<[string, string]> {
    for (let at = 0; at < this.#names.length; at += 1) yield [this.#names[at] ?? '', this.#values[at] ?? '']
  }
}
