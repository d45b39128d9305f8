// The notes of the inspection in the exchange's record: labels with counts, names with effects. Never the
// matched text.

import type { Phase } from '../../contract/snapshot.ts'
import type { Draft } from '../draft.ts'

/** The part of the draft that inspection reads and writes. */
export type Notes = Pick<Draft, 'findings' | 'policies' | 'isRedacted'> &
  Partial<Pick<Draft, 'facts'>> & {
    /** Its run, to find placeholders of earlier calls. */
    readonly exchange?: { readonly id: string; readonly run: string }
  }

export function noteFinding(notes: Notes, phase: Phase, label: string): void {
  const findings = (notes.findings ??= {})
  const counts = (findings[phase] ??= {})
  counts[label] = (counts[label] ?? 0) + 1
}

/** Once per name and effect, however often it applied. */
export function notePolicy(notes: Notes, name: string, effect: string): void {
  const policies = (notes.policies ??= [])
  if (!policies.some((known) => known.name === name && known.effect === effect))
    policies.push({ name, effect })
}
