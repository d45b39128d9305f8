// Removes Gatehouse keys from headers that go to a provider. A caller sends its own provider credential in a
// header, and people paste the wrong key there: alone, in a list, after a word, percent-encoded, or as
// `Basic` credentials. Any key of this Gatehouse counts, of any owner.

import type { Directory } from '../../contract/directory.ts'
import { sha256Hex } from '../../kit/id.ts'

/**
 * The caller's headers without those that contain a Gatehouse key.
 * @param presented the key that the caller presented, if any
 */
export function removeOwnKeys(
  directory: Pick<Directory, 'bySecret'>,
  presented: string | undefined,
  headers: Headers,
): Headers {
  const kept = new Headers()
  headers.forEach((value, name) => {
    if (!holdsOwnKey(directory, presented, value)) kept.append(name, value)
  })
  return kept
}

function holdsOwnKey(
  directory: Pick<Directory, 'bySecret'>,
  presented: string | undefined,
  text: string,
): boolean {
  for (const spelling of spellings(text)) {
    if (presented && spelling.includes(presented)) return true
    for (const candidate of candidates(spelling))
      if (directory.bySecret(sha256Hex(candidate)) !== undefined) return true
  }
  return false
}

function* spellings(text: string): Generator<string> {
  yield text
  if (text.includes('%'))
    yield text.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  for (const [word] of text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g))
    yield Buffer.from(word, 'base64').toString('latin1')
}

/**
 * Keys that Gatehouse generated are also found inside other text. Keys of other forms are found only as whole
 * words.
 */
function* candidates(text: string): Generator<string> {
  yield text.trim()
  for (const word of text.split(/[\s,;"'`=&?:<>()[\]{}|]+/)) if (word.length >= shortest) yield word
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1))
    yield text.slice(at, at + keyLength)
}

const shortest = 8
const prefix = 'gh_'
/** The prefix and 32 bytes in base64url (kit/id.ts). */
const keyLength = prefix.length + 43
