// Maps Google's finish reasons to our names.
// https://ai.google.dev/api/generate-content#FinishReason

import type { Finish } from '../../../../contract/usage.ts'
import { unknownFinish } from '../../wire/finish.ts'

const unified: Readonly<Record<string, Finish['unified']>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  MALFORMED_RESPONSE: 'error',
}

/**
 * `UNEXPECTED_TOOL_CALL`: a call of a function that was not declared. The client gets it like any other call.
 */
const callEnds = new Set(['STOP', 'UNEXPECTED_TOOL_CALL'])

/** @param hasCalls does the candidate call functions? If so, Google reports STOP */
export function readFinish(raw: string, hasCalls = false): Finish {
  const word = (Object.hasOwn(unified, raw) ? unified[raw] : undefined) ?? unknownFinish(raw)
  return { unified: hasCalls && callEnds.has(raw) ? 'tool-calls' : word, raw }
}

/**
 * A blocked prompt has no candidates, only a reason.
 * https://ai.google.dev/api/generate-content#BlockReason
 */
export const blockedFinish = (raw: string): Finish => ({ unified: 'content-filter', raw })

/** Google's name for our reason. */
export const writeFinish: Readonly<Record<Finish['unified'], string>> = {
  stop: 'STOP',
  'tool-calls': 'STOP',
  length: 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  error: 'OTHER',
  other: 'OTHER',
}
