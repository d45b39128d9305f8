// Proofs of other vendors in this dialect: reasoning items have one opaque text, `encrypted_content`, that
// clients give back as it came; calls and texts get `extra_content`, which the official SDKs keep too. A
// proof is no secret; who forges one is refused by the vendor that it claims.

import { isObject, objectIn, wordIn, written } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { Native } from '../../canonical/index.ts'
import type { Dialect } from '../../dialect.ts'
import { nativeIn, openProof, sealMark, sealProof } from '../../wire/sealed-proof.ts'

const own: Dialect = 'openai-responses'

/** The signature of a reasoning item; undefined: it has none. */
export function signatureOfItem(item: JsonObject): Native | undefined {
  const sealed = wordIn(item['encrypted_content'])
  if (sealed === undefined) return undefined
  return (
    foreignIn(openProof(sealed)) ?? {
      dialect: own,
      value: written({ id: wordIn(item['id']), encrypted_content: sealed }),
    }
  )
}

/** Is it another vendor's proof, which the vendors of this dialect cannot read? */
export const foreignProof = (sealed: string): boolean => sealed.startsWith(sealMark)

/** What of a reasoning item follows from its signature. */
export function sealedOf(signature: Native | undefined): { id?: Json; encrypted_content: Json } {
  if (!signature) return { encrypted_content: null }
  const { dialect, value } = signature
  if (dialect === own && isObject(value)) {
    const { id, encrypted_content = null } = value
    return id === undefined ? { encrypted_content } : { id, encrypted_content }
  }
  return { encrypted_content: sealProof(signature) }
}

export function extraOf(signature: Native | undefined): Json | undefined {
  return signature && { gatehouse: { dialect: signature.dialect, value: signature.value } }
}

export function signatureInExtra(extra: Json | undefined): Native | undefined {
  return foreignIn(nativeIn(objectIn(extra)?.['gatehouse']))
}

/** Its own proofs have no seal. */
const foreignIn = (proof: Native | undefined) => (proof?.dialect === own ? undefined : proof)
