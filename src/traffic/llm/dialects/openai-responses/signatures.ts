// Signatures of other vendors in this dialect. Reasoning items have one opaque text, `encrypted_content`,
// that clients return unchanged. Calls and texts get `extra_content`, which the official SDKs keep too. A
// signature is not a secret: the vendor that it names refuses a forged one.

import { isObject, objectIn, wordIn, written } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { Native } from '../../canonical/index.ts'
import type { Dialect } from '../../dialect.ts'
import { nativeIn, openProof, sealMark, sealProof } from '../../wire/sealed-proof.ts'

const own: Dialect = 'openai-responses'

/** The signature of a reasoning item, if it has one. */
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

/** Is it another vendor's signature, which the vendors of this dialect cannot read? */
export const foreignProof = (sealed: string): boolean => sealed.startsWith(sealMark)

/** The members of a reasoning item that follow from its signature. */
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

/** Signatures of this dialect have no wrapper. */
const foreignIn = (proof: Native | undefined) => (proof?.dialect === own ? undefined : proof)
