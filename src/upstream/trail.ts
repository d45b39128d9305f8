// Our credential, spelled by a stream in several events: each of its texts goes through here. Few characters
// of a credential are none, so that they may leave; from there on the events wait until the text goes on in
// another way, or has spelled it all and the response ends.

import { GatewayError } from '../contract/errors.ts'
import type { Trail } from '../contract/upstream.ts'

/** So many characters of it may leave. */
const harmless = 7

/** What is known of a secret before a stream begins. */
export interface Search {
  readonly secret: string
  /** How much is still matched when the next character is another. */
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
        // of a long text only the end may begin one: what is whole in it has been found already
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
