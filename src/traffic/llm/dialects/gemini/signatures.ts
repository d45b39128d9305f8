// `thoughtSignature` is the one field for signatures in this dialect. Google's own are written unchanged.
// Signatures of other vendors, which a client of this dialect must return with the reasoning, are written in
// a wrapper that we recognize.

import { isObject, tryParseJson } from '../../../../kit/json.ts'
import type { Native } from '../../canonical/index.ts'
import { generateDialectOf } from '../../dialect.ts'

/** Base64 of `{"gatehouse":`: every wrapped signature begins with it. */
export const wrapping = Buffer.from('{"gatehouse":').toString('base64').slice(0, 16)

/**
 * Google's documented placeholder for calls of other models.
 * https://ai.google.dev/gemini-api/docs/thought-signatures (FAQ)
 */
export const noProof = 'skip_thought_signature_validator'

/** The signature in `thoughtSignature`. Undefined for the placeholder, which proves nothing. */
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
