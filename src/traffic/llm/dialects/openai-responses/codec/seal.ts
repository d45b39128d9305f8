// Proofs of other vendors in this dialect: reasoning items have one opaque text, `encrypted_content`, that clients give back as it came; calls and
// texts get `extra_content`, which the official SDKs keep too. A proof is no secret; who forges one is refused by the vendor that it claims.

import { isObject, objectIn, parseJson, textIn, wordIn, written } from '../../../canonical/index.ts'
import type { Json, JsonObject, Native } from '../../../canonical/index.ts'
import type { Dialect } from '../../../provider.ts'

const mark = 'gatehouse.'
const own: Dialect = 'openai-responses'
const foreign: readonly Dialect[] = ['openai-chat', 'anthropic-messages', 'gemini']

/** The signature of a reasoning item; undefined: it has none. */
export function signatureOfItem(item: JsonObject): Native | undefined {
  const sealed = wordIn(item['encrypted_content'])
  if (sealed === undefined) return undefined
  if (sealed.startsWith(mark)) {
    const opened = opened64(sealed.slice(mark.length))
    if (opened) return opened
  }
  return { dialect: own, value: written({ id: wordIn(item['id']), encrypted_content: sealed }) }
}

/** Is it another vendor's proof, which the vendors of this dialect cannot read? */
export const foreignProof = (sealed: string): boolean => sealed.startsWith(mark)

/** What of a reasoning item follows from its signature. */
export function sealedOf(signature: Native | undefined): { id?: Json; encrypted_content: Json } {
  if (!signature) return { encrypted_content: null }
  const { dialect, value } = signature
  if (dialect === own && isObject(value)) {
    const { id, encrypted_content = null } = value
    return id === undefined ? { encrypted_content } : { id, encrypted_content }
  }
  return { encrypted_content: mark + Buffer.from(JSON.stringify({ dialect, value })).toString('base64url') }
}

export function extraOf(signature: Native | undefined): Json | undefined {
  return signature && { gatehouse: { dialect: signature.dialect, value: signature.value } }
}

export function signatureInExtra(extra: Json | undefined): Native | undefined {
  return nativeIn(objectIn(objectIn(extra)?.['gatehouse']))
}

function opened64(sealed: string): Native | undefined {
  try {
    return nativeIn(objectIn(parseJson(Buffer.from(sealed, 'base64url').toString('utf8'))))
  } catch {
    return undefined
  }
}

function nativeIn(said: JsonObject | undefined): Native | undefined {
  const dialect = foreign.find((known) => known === textIn(said?.['dialect']))
  return dialect && { dialect, value: said?.['value'] ?? null }
}
