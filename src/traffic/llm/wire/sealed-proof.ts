// A vendor's proof as one opaque text, for dialects that have a place for such a text and vendors that could not read it. A proof is no secret; a forged
// one is refused by the vendor that it claims.

import { objectIn, parseJson, textIn } from '../canonical/index.ts'
import type { Json, JsonObject, Native } from '../canonical/index.ts'
import type { Dialect } from '../dialect.ts'

/** How every sealed proof begins. */
export const sealMark = 'gatehouse.'

const dialects: readonly Dialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini']

export const sealProof = ({ dialect, value }: Native): string => sealMark + Buffer.from(JSON.stringify({ dialect, value })).toString('base64url')

/** Undefined: not one of ours. */
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
  const dialect = dialects.find((known) => known === textIn(said['dialect']))
  return dialect && { dialect, value: said['value'] ?? null }
}
