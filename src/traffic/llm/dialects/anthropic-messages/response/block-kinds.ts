// Which of Anthropic's blocks says a canonical one.

import { isObject } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Native } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { sealProof } from '../../../wire/sealed-proof.ts'

export type ContentKind = 'text' | 'thinking' | 'tool'

/** A refusal is text that is marked by the stop reason. */
export const contentKind = (kind: 'text-start' | 'reasoning-start' | 'refusal-start'): ContentKind =>
  kind === 'reasoning-start' ? 'thinking' : 'text'

/**
 * The signature of a thinking block, or the whole redacted block. Clients give it back as it came, also a
 * proof of another vendor.
 */
export const signatureOf = (proof: Native): Json =>
  proof.dialect === 'anthropic-messages' ? proof.value : sealProof(proof)

/** A block of Anthropic's own; undefined for those of other vendors, whose loss is noted. */
export function nativeOf({ dialect, value }: Native, notes: LossNotes): JsonObject | undefined {
  if (dialect === 'anthropic-messages' && isObject(value)) return value
  notes.dropFromReply('native')
  return undefined
}
