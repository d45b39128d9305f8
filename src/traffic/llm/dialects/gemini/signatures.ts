// `thoughtSignature` is the one place for proofs in this dialect. Google's own go there as they are; those of
// other vendors, whose reasoning a client of this dialect has to give back, go there in a wrapping that we
// know again.

import { isObject, tryParseJson } from '../../../../kit/json.ts'
import type { Native } from '../../canonical/index.ts'
import { generateDialectOf } from '../../dialect.ts'

/** Base64 of `{"gatehouse":`: what every wrapped proof begins with. */
export const wrapping = Buffer.from('{"gatehouse":').toString('base64').slice(0, 16)

/**
 * What Google documents for calls that come from elsewhere.
 * https://ai.google.dev/gemini-api/docs/thought-signatures (FAQ)
 */
export const noProof = 'skip_thought_signature_validator'

/** What stands in `thoughtSignature`; undefined: the placeholder, which proves nothing. */
export function proofOf(signature: string): Native | undefined {
  if (signature === noProof) return undefined
  return unwrapped(signature) ?? { dialect: 'gemini', value: signature }
}

export function signatureOf({ dialect, value }: Native): string {
  if (dialect === 'gemini' && typeof value === 'string') return value
  return Buffer.from(JSON.stringify({ gatehouse: { dialect, value } })).toString('base64')
}

function unwrapped(signature: string): Native | undefined {
  if (!signature.startsWith(wrapping)) return undefined
  const ours = tryParseJson(Buffer.from(signature, 'base64').toString('utf8'))
  const inner = isObject(ours) ? ours['gatehouse'] : undefined
  if (!isObject(inner)) return undefined
  const dialect = generateDialectOf(inner['dialect'])
  return dialect && { dialect, value: inner['value'] ?? null }
}
