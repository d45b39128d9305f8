// A vendor's proof as one opaque text, for dialects that have a member for such a text, although their
// vendors could not read it. A proof is not a secret. The vendor that it names refuses a forged one.

import { objectIn, parseJson } from '../../../kit/json.ts'
import type { Json, JsonObject } from '../../../kit/json.ts'
import type { Native } from '../canonical/index.ts'
import { generateDialectOf } from '../dialect.ts'

/** The prefix of every sealed proof. */
export const sealMark = 'gatehouse.'

export const sealProof = ({ dialect, value }: Native): string =>
  sealMark + Buffer.from(JSON.stringify({ dialect, value })).toString('base64url')

/** Undefined if Gatehouse did not seal it. */
export function openProof(sealed: string): Native | undefined {
  if (!sealed.startsWith(sealMark)) return undefined
  try {
    return nativeIn(parseJson(Buffer.from(sealed.slice(sealMark.length), 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}

/** `{"dialect": …, "value": …}`. */
export function nativeIn(value: Json | undefined): Native | undefined {
  const said: JsonObject = objectIn(value) ?? {}
  const dialect = generateDialectOf(said['dialect'])
  return dialect && { dialect, value: said['value'] ?? null }
}
