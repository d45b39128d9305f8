// The secrets of one provider's calls: secrets of the configuration, tokens that were fetched with them, and keys
// of callers.

import { Echo, shortest, shortestAnywhere } from './echo.ts'

/** The most recent secrets. After a rotation, responses to earlier calls still arrive. */
const most = 8

export class Secrets {
  readonly #known = new Set<string>()
  /** Made for the known secrets. A new secret clears it. */
  #echo: { anywhere: Echo | undefined; inErrors: Echo | undefined } | undefined

  note(secret: string): void {
    if (secret.length < shortest || this.#known.has(secret)) return
    const [oldest] = this.#known.size < most ? [] : this.#known
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.add(secret)
    this.#echo = undefined
  }

  /** The search for these secrets in a response with this status. */
  echo(status: number): Echo | undefined {
    this.#echo ??= {
      anywhere: echoFor([...this.#known].filter(({ length }) => length >= shortestAnywhere)),
      inErrors: echoFor([...this.#known]),
    }
    return status < 400 ? this.#echo.anywhere : this.#echo.inErrors
  }
}

const echoFor = (secrets: readonly string[]) => (secrets.length === 0 ? undefined : new Echo(secrets))
