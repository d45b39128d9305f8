// The health of providers: their configuration, joined with the observations of the data plane on this node.

import { type Actor, actorFields } from '../../contract/actor.ts'
import type { ProviderHealth } from '../../contract/admin-api.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import type { DestinationRule, Snapshot } from '../../contract/snapshot.ts'
import type { Log } from '../../kit/log.ts'
import { isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'

/** The data plane's report on a target that was called since the start. */
export interface TargetReport {
  target: string
  state: 'closed' | 'open' | 'half-open'
  inFlight: number
  /** `at`: ms since the epoch */
  lastFailure?: { at: number; code: ErrorCode; status?: number }
  lastSuccessAt?: number
}

export interface ProvidersNeeds {
  /** The rules of the active snapshot. */
  rules(): Pick<Snapshot, 'destinations' | 'targets'>
  targetHealth(): readonly TargetReport[]
  inFlightAt(provider: string): number
  /** Targets that are barred from hard budgets because they were billed above their bound. */
  barred(): readonly string[]
  /** @returns false if it was not barred */
  pardonTarget(target: string): boolean
  log: Log
}

/** @throws ProblemError `not-found` */
export function pardon(
  needs: ProvidersNeeds,
  target: string,
  by: Actor,
): { target: string; isBarred: false } {
  if (needs.pardonTarget(target)) {
    needs.log.info('an administrator pardoned a target', { target, ...actorFields(by) })
    return { target, isBarred: false }
  }
  const barred = needs.barred()
  throw new ProblemError(
    'not-found',
    `the target "${target}" is not barred; barred targets: ${barred.length > 0 ? barred.join(', ') : 'none'}.`,
  )
}

type TargetView = ProviderHealth['targets'][number]

export function listProviders(needs: ProvidersNeeds): ProviderHealth[] {
  const rules = needs.rules()
  const seen = needs.targetHealth()
  const barred = new Set(needs.barred())
  return Object.values(rules.destinations)
    .map((provider) => {
      const configured = Object.values(rules.targets).filter((target) => target.provider === provider.name)
      const reports = seen.filter((report) => report.target.startsWith(`${provider.name}/`))
      const uncalled = configured
        .filter(({ id }) => !reports.some((report) => report.target === id))
        .map(({ id }): TargetView => ({ id, breaker: 'closed', inFlight: 0, isBarred: barred.has(id) }))
      return view(provider, needs.inFlightAt(provider.name), [
        ...reports.map((report) => targetView(report, barred.has(report.target))),
        ...uncalled,
      ])
    })
    .sort(by((provider) => provider.name))
}

const view = (provider: DestinationRule, inFlight: number, targets: TargetView[]): ProviderHealth => ({
  name: provider.name,
  serves: provider.serves,
  kind: provider.kind,
  isReady: provider.notReady === undefined,
  ...(provider.notReady === undefined ? {} : { reason: provider.notReady }),
  inFlight,
  ...(provider.capacity?.concurrent === undefined ? {} : { capacity: provider.capacity.concurrent }),
  targets: targets.sort(by((target) => target.id)),
})

const targetView = (
  { target, state, inFlight, lastFailure, lastSuccessAt }: TargetReport,
  isBarred: boolean,
): TargetView => ({
  id: target,
  breaker: state,
  inFlight,
  isBarred,
  ...(lastFailure ? { lastError: { ...lastFailure, at: isoInstant(lastFailure.at) } } : {}),
  ...(lastSuccessAt === undefined ? {} : { lastSuccessAt: isoInstant(lastSuccessAt) }),
})

const by =
  <Thing>(name: (thing: Thing) => string) =>
  (a: Thing, b: Thing): number =>
    name(a) < name(b) ? -1 : 1
