// After an edit the rules run again, once. Labels and effects of the first look stay, and the second look can
// only add to them: a policy that keeps personal data inside still applies to a request whose personal data
// was removed. A second change refuses the request.
//
// Only edited texts are read again: the findings in the others cannot have changed.

import type { Edit, Piece } from '../../contract/content.ts'
import type { Decision } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { GuardRule } from '../../contract/snapshot.ts'
import { hiddenLabels, strictness } from './policies/index.ts'
import { isMeant } from './redact.ts'

/** The edited pieces in their new form. */
export function editedPieces(pieces: readonly Piece[], edits: readonly Edit[]): readonly Piece[] {
  const byChannel = Map.groupBy(edits, ({ channel }) => channel)
  return pieces.flatMap((piece) => {
    const own = byChannel.get(piece.channel)
    return own ? [{ ...piece, text: applyEdits(piece.text, own) }] : []
  })
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let made = ''
  let from = 0
  for (const { start, end, replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    made += text.slice(from, start) + replacement
    from = end
  }
  return made + text.slice(from)
}

/** Both looks together. */
export function accumulate(first: Decision, second: Decision): Decision {
  if (second.applied.length === 0) return first
  const isNew = ({ name, effect }: Decision['applied'][number]) =>
    !first.applied.some((known) => known.name === name && known.effect.kind === effect.kind)
  const isNewOnly = ({ name }: { name: string }) => !first.only.some((known) => known.name === name)
  const asks = [
    ...(first.asks ?? []),
    ...(second.asks ?? []).filter(({ name }) => !first.asks?.some((known) => known.name === name)),
  ]
  return {
    applied: [...first.applied, ...second.applied.filter(isNew)].sort(
      (a, b) => strictness[a.effect.kind] - strictness[b.effect.kind],
    ),
    ...(second.denied && { denied: second.denied }),
    ...(asks.length > 0 && { asks }),
    only: [...first.only, ...second.only.filter(isNewOnly)],
    ...hiddenLabels([...first.redact, ...second.redact], [...first.restore, ...second.restore]),
  }
}

interface Found {
  rule: GuardRule
  label: string
}

/**
 * @param before everything that the first look found
 * @param after what the second look found in the edited texts
 * @throws GatewayError `policy-unstable` if any text would have to be changed again or differently
 */
export function keepStable(
  before: readonly Found[],
  first: Decision,
  after: readonly Found[],
  both: Decision,
): void {
  for (const { rule, label } of after)
    if (changeOf(rule, label, both) > 0) throw unstableRefusal(rule.name, label)
  for (const { rule, label } of before)
    if (changeOf(rule, label, both) > changeOf(rule, label, first)) throw unstableRefusal(rule.name, label)
}

/** 0: stays, 1: is hidden and restored, 2: is removed. */
function changeOf(
  { action }: GuardRule,
  label: string,
  decision: Pick<Decision, 'redact' | 'restore'>,
): number {
  if (action === 'redact' || isMeant(decision.redact, label)) return 2
  return action === 'restore' || isMeant(decision.restore, label) ? 1 : 0
}

const unstableRefusal = (guard: string, label: string) =>
  new GatewayError(
    'policy-unstable',
    `The rules changed the request, but would change ${label} in the result again ("${guard}" reports it), so the call is refused; an administrator must make the rules agree.`,
    { rule: guard },
  )
