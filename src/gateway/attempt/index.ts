// Tries targets until one answers: reserve → journal → send, for each try anew. After the first output has left for the client there is
// no further try, because the client would notice repeated or lost text.

import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import { delay } from '../../kit/clock.ts'
import type { Authorized } from '../exchange.ts'
import type { Live } from '../live.ts'
import type { Parts } from '../parts.ts'
import { enter } from '../route/index.ts'
import { pauseMs } from './pause.ts'
import type { Verdict } from './verdict.ts'
import { type Answered, type Failed, tryOnce } from './try.ts'

export type { Answered } from './try.ts'

/**
 * @param operation as inspected: a fallback must not leak what a guard removed
 * @returns the try that answered, or the last one that failed with an answer of the provider's own that the client may see
 * @throws GatewayError
 */
export async function attempt(
  parts: Parts,
  live: Live,
  operation: Operation,
  model: Authorized['model'],
  targets: readonly TargetRule[],
  depth: 'content' | 'meter',
): Promise<Answered> {
  const startedAt = parts.clock.monotonic()
  let number = 0
  let last: Failed | undefined
  let blocked: string | undefined
  let unpayable: GatewayError | undefined
  let blockedMs = Number.POSITIVE_INFINITY
  let isRateLimited = false

  /** A call that is stopped between two tries still owes for the last one. */
  const check = async () => {
    if (live.stopped) await last?.discard()
    live.check()
  }

  for (const target of targets) {
    for (let tries = 1; tries <= model.retry.attempts; tries += 1) {
      const trouble = live.ticket && parts.admission.unpayable(live.ticket, target, live.draft.at)
      if (trouble) {
        unpayable ??= trouble
        break
      }
      const entrance = enter(target, live.runtime.provider(target.provider), parts.health, parts.clock)
      if (entrance.kind === 'obstacle') {
        blocked = entrance.reason
        blockedMs = Math.min(blockedMs, entrance.waitMs)
        isRateLimited ||= entrance.isRateLimited === true
        break
      }
      await last?.discard()
      number += 1
      const { leave } = entrance
      const tried = await tryOnce(parts, live, {
        operation,
        target,
        number,
        depth,
        leave,
        hasNext: targets.at(-1) !== target || tries < model.retry.attempts,
      })
      if (tried.kind === 'answered') return tried
      if (tried.kind === 'unaffordable') {
        // a target without a price is passed over, whether all of the price is missing (above) or that of a unit
        if (tried.error.code !== 'unpriced' && !model.fallbackOn.includes('cost')) throw tried.error
        unpayable ??= tried.error
        last = undefined
        number -= 1
        break
      }
      last = tried
      await check()
      // Nobody waits for a further try, or a further one may do again what this one did.
      if (live.isLeft || (tried.wasSent && operation.repeat === 'unsent')) return conclude(last)
      if (!tried.verdict.isRetryable || tries === model.retry.attempts) break
      const now = parts.clock.monotonic()
      const { breaker } = parts.health.of(target.id)
      // A target that failed often enough to be spared is not worth the pause.
      if (breaker.state(now) === 'open') break
      const wait = pauseMs(tries, tried.verdict.retryAfterMs, breaker.waitMs(now), parts.random)
      // A provider that asks for more patience than the deadline allows is not asked again.
      if (now - startedAt + wait > model.retry.withinMs) break
      // Nothing is out that could be read on: a client that leaves ends the pause, under a hard budget as well.
      await delay(parts.clock, wait, AbortSignal.any([live.abort().signal, live.about.call.clientGone]))
      await check()
      if (live.isLeft) return conclude(last)
    }
    if (last && !movesOn(last.verdict.trigger, model)) break
  }
  if (last) return conclude(last)
  if (unpayable && blocked === undefined) throw unpayable
  // Clients slow down for a 429; a 503 would tell them of a failure that there is none of.
  const code = isRateLimited ? 'upstream-rate-limited' : 'no-target'
  throw new GatewayError(code, `No target of "${model.name}" can take the call now: ${blocked ?? 'none is configured'}.`, {
    retryAfterSeconds: Math.max(1, Math.ceil((Number.isFinite(blockedMs) ? blockedMs : 1000) / 1000)),
  })
}

/** The provider's own error answer where the client may see it; our wording where it would mislead (our credential is not the caller's). */
async function conclude(last: Failed): Promise<Answered> {
  if (last.answer && last.verdict.fault !== 'credential') return last.answer
  await last.discard()
  throw last.error
}

const movesOn = (trigger: Verdict['trigger'], model: Authorized['model']) =>
  trigger === 'always' || (trigger !== undefined && model.fallbackOn.includes(trigger))
