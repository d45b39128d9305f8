// Which of Anthropic's blocks says a canonical one.

import { isObject } from '../../../canonical/index.ts'
import type { JsonObject, Native } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'

export type ContentKind = 'text' | 'thinking' | 'tool'

/** A refusal is text that is marked by the stop reason. */
export const contentKind = (kind: 'text-start' | 'reasoning-start' | 'refusal-start'): ContentKind =>
  kind === 'reasoning-start' ? 'thinking' : 'text'

/** A block of Anthropic's own; undefined for those of other vendors, whose loss is noted. */
export function nativeOf({ dialect, value }: Native, notes: LossNotes): JsonObject | undefined {
  if (dialect === 'anthropic-messages' && isObject(value)) return value
  notes.dropFromReply('native')
  return undefined
}
