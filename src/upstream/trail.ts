// Finds our credential if a stream spells it over several events. Each of the stream's texts goes through here. A
// few characters of a credential are harmless, so they may leave. After them the events wait until the text
// differs from the credential, or has spelled all of it and the response ends.

import { GatewayError } from '../contract/errors.ts'
import type { Trail } from '../contract/upstream.ts'

/** This many characters of a credential may leave. */
const harmless = 7

/** The search tables of a secret, which are made before a stream begins. */
export interface Search {
  readonly secret: string
  /** How many characters still match if the next character differs. */
  readonly back: Uint16Array
}

/** @param onFound called before it throws */
export function trailOf(secrets: readonly Search[], onFound: () => void): Trail | undefined {
  if (secrets.length === 0) return undefined
  const searches = secrets.map(({ secret, back }) => ({
    secret,
    back,
    longest: 4 * secret.length,
    matched: 0,
  }))
  let isOpen = false
  return {
    get isOpen() {
      return isOpen
    },
    follow(text) {
      isOpen = false
      for (const search of searches) {
        const { secret, back, longest } = search
        // In a long text only the end can begin a secret, because whole secrets were found before.
        let at = text.length > longest ? text.length - secret.length : 0
        let matched = at === 0 ? search.matched : 0
        for (; at < text.length; at++) {
          const character = text.charCodeAt(at)
          while (matched > 0 && secret.charCodeAt(matched) !== character) matched = back[matched] ?? 0
          if (secret.charCodeAt(matched) === character) matched++
          if (matched < secret.length) continue
          isOpen = true
          onFound()
          throw new GatewayError(
            'upstream-garbage',
            'The response contains our credential, so it was stopped before it.',
          )
        }
        search.matched = matched
        if (matched > harmless) isOpen = true
      }
    },
  }
}

/** Knuth, Morris and Pratt. */
export function searchOf(secret: string): Search {
  const back = new Uint16Array(secret.length + 1)
  for (let at = 1, matched = 0; at < secret.length; at++) {
    back[at] = matched
    while (matched > 0 && secret[at] !== secret[matched]) matched = back[matched] ?? 0
    if (secret[at] === secret[matched]) matched++
  }
  return { secret, back }
}
