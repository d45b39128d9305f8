// What one provider's calls authenticate with: secrets of the configuration, tokens got for them, keys that
// callers bring.

import { Echo, shortest, shortestAnywhere } from './echo.ts'

/** The last ones: after a rotation responses to earlier calls still come in. */
const most = 8

export class Secrets {
  readonly #known = new Set<string>()
  /** Made for these secrets; a new one makes it anew. */
  #echo: { anywhere: Echo | undefined; inErrors: Echo | undefined } | undefined

  note(secret: string): void {
    if (secret.length < shortest || this.#known.has(secret)) return
    const [oldest] = this.#known.size < most ? [] : this.#known
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.add(secret)
    this.#echo = undefined
  }

  /** What is looked for in a response. */
  echo(status: number): Echo | undefined {
    this.#echo ??= {
      anywhere: echoFor([...this.#known].filter(({ length }) => length >= shortestAnywhere)),
      inErrors: echoFor([...this.#known]),
    }
    return status < 400 ? this.#echo.anywhere : this.#echo.inErrors
  }
}

const echoFor = (secrets: readonly string[]) => (secrets.length === 0 ? undefined : new Echo(secrets))
