// `restore` for values that the receiver acts on: a tool's arguments, and a client's response to a tool's
// request. The receiver cannot use a placeholder. So the value is restored before it is sent if the rule
// allows it (`restoreIn: [arguments]`); otherwise the call is refused.

import type { Piece } from '../../contract/content.ts'
import type { Decision } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { GuardRule, Phase, RestorePlace } from '../../contract/snapshot.ts'
import { isMeant } from './redact.ts'

/** The handling of a value that a rule restores. */
export type RestoreMode =
  /** A placeholder is sent, and the value is restored in the response. */
  | 'hides'
  /** The receiver acts on it. */
  | 'acts'
  /** It goes to the caller; nothing is hidden from the caller. */
  | 'shows'

export function restoreModeOf(
  { direction, resource }: Pick<Operation, 'direction' | 'resource'>,
  phase: Phase,
  { kind }: Pick<Piece, 'kind'>,
): RestoreMode {
  if ((direction === 'reverse') === (phase === 'request')) return 'shows'
  if (direction === 'reverse' || resource.kind === 'tool') return 'acts'
  return resource.kind === 'agent' && kind === 'tool-arguments' ? 'acts' : 'hides'
}

/** The rules that restore a label, the strictest first, and the places where all of them restore it. */
export function restoreRuleOf(
  label: string,
  guard: GuardRule,
  { applied }: Pick<Decision, 'applied'>,
): { rule: string; restoreIn: readonly RestorePlace[] } {
  const rules = [
    ...(guard.action === 'restore' ? [{ name: guard.name, restoreIn: guard.restoreIn }] : []),
    ...applied.flatMap(({ name, effect }) =>
      effect.kind === 'restore' && isMeant(effect.labels, label)
        ? [{ name, restoreIn: effect.restoreIn }]
        : [],
    ),
  ]
  const [first] = rules
  const restoreIn = (first?.restoreIn ?? []).filter((place) =>
    rules.every((rule) => rule.restoreIn?.includes(place)),
  )
  const strictest =
    rules.find((rule) => rule.restoreIn === undefined || rule.restoreIn.length === restoreIn.length) ?? first
  return { rule: strictest?.name ?? guard.name, restoreIn }
}

/**
 * @throws GatewayError `placeholder-in-arguments` unless every rule that restores the label restores it in
 * arguments
 */
export function requireArguments(
  label: string,
  guard: GuardRule,
  decision: Pick<Decision, 'applied'>,
  resource: Operation['resource'],
): void {
  const { rule, restoreIn } = restoreRuleOf(label, guard, decision)
  if (restoreIn.includes('arguments')) return
  throw new GatewayError(
    'placeholder-in-arguments',
    `The call of ${resource.kind} "${resource.name}" holds ${label}, which "${rule}" hides behind a placeholder; a placeholder is of no use there, so the call was refused. Set "restoreIn: [arguments]" on "${rule}" to let the value through, or "for: [models]" to leave such calls out.`,
    { rule },
  )
}

/** @throws GatewayError `placeholder-in-arguments`: an earlier call of the run created it */
export function refusePlaceholder(placeholder: string, rule: string, resource: Operation['resource']): never {
  throw new GatewayError(
    'placeholder-in-arguments',
    `The call of ${resource.kind} "${resource.name}" holds ${placeholder}, a placeholder that "${rule}" made earlier in this run and whose value is no longer known; call it with the value itself. "restoreIn: [arguments]" of "${rule}" gives values back in the arguments that a model writes.`,
    { rule },
  )
}
