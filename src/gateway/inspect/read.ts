// Reads one text with one guard. The guard's rule decides about errors and timeouts.

import type { PieceKind } from '../../contract/content.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { GuardRule } from '../../contract/snapshot.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Detector, Match } from './guard.ts'
import type { FoldOnce } from './guards/fold.ts'

/** A guard of the snapshot with the detector of its kind. */
export interface ReadyGuard {
  rule: GuardRule
  detector: Detector
}

export interface ReadOptions {
  clock: Clock
  /** Called when a guard that fails open has failed: flags the exchange with its name. */
  flag: (guard: string) => void
}

/** @throws GatewayError `guard-failed` (or rejects with it) if the guard cannot decide and fails closed */
export function readText(
  guard: ReadyGuard,
  text: string,
  kind: PieceKind,
  from: number,
  options: ReadOptions,
  folded?: FoldOnce,
): Match[] | Promise<Match[]> {
  try {
    const found = guard.detector.find(text, kind, from, folded)
    return found instanceof Promise ? limitTime(guard, found, options) : found
  } catch (thrown) {
    return applyErrorRule(guard, thrown, options)
  }
}

function limitTime(guard: ReadyGuard, finding: Promise<Match[]>, options: ReadOptions): Promise<Match[]> {
  return new Promise<Match[]>((resolve, reject) => {
    const timer = options.clock.after(guard.rule.timeoutMs, () =>
      reject(new Error(`no result within ${guard.rule.timeoutMs} ms`)),
    )
    finding.then(resolve, reject).finally(() => timer.cancel())
  }).catch((thrown: unknown) => applyErrorRule(guard, thrown, options))
}

function applyErrorRule(guard: ReadyGuard, cause: unknown, options: ReadOptions): Match[] {
  const { name, onError } = guard.rule
  if (onError !== 'open') {
    throw new GatewayError(
      'guard-failed',
      `Guard "${name}" could not read the content, so the call is refused; try again, or ask the administrator of Gatehouse.`,
      {
        rule: name,
        cause,
      },
    )
  }
  options.flag(name)
  return []
}
