// The data plane: the gate with all of its parts, and the traffic modules whose endpoints lead to it.

import type { Endpoint } from '../contract/endpoint.ts'
import { GatewayError } from '../contract/errors.ts'
import type { DestinationRule } from '../contract/snapshot.ts'
import type { Approver } from '../gateway/approve/index.ts'
import { createGate } from '../gateway/gate.ts'
import { createMetrics } from '../gateway/metrics.ts'
import type { Parts } from '../gateway/parts.ts'
import { RunBook } from '../gateway/run-book.ts'
import { runTokenDoor } from '../traffic/runs/index.ts'
import { RunTokens } from '../gateway/run-token.ts'
import { tooManyCallsError } from '../gateway/running.ts'
import { createSealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import { random } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import type { Data } from './data.ts'
import type { TrafficModule } from './modules.ts'
import { registerGauges } from './gauges.ts'
import type { KeptResponses } from './kept.ts'
import { type Readiness, checkReadiness } from './readiness.ts'
import type { Rules } from './rules.ts'
import type { Undo } from './undo.ts'

export interface DataPlane {
  doors: readonly Endpoint[]
  ready(): Readiness
  /** The response text of /metrics. */
  metrics(): string
  /** Refuses new calls from now on. */
  drain(): void
}

export function createDataPlane(
  { recorder, admission, troubles, handleSecrets }: Data,
  rules: Rules,
  {
    clock,
    log,
    kept,
    approver,
    modules,
    undo,
  }: {
    clock: Clock
    log: Log
    kept: KeptResponses
    approver: Approver
    modules: readonly TrafficModule[]
    undo: Undo
  },
): DataPlane {
  const { runningCalls, connections, runtime, publisher, health } = rules
  const isConfigured = (target: string) => Object.hasOwn(runtime().snapshot.targets, target)
  const metrics = createMetrics(isConfigured)
  registerGauges(metrics, { runningCalls, connections, recorder, admission, health, isConfigured })
  let isDraining = false

  const parts: Parts = {
    clock,
    random,
    log,
    runtime,
    directory: rules.directory,
    admission,
    approver,
    recorder,
    health,
    running: runningCalls,
    runs: new RunBook(),
    connections,
    tokens: new RunTokens(createSealer(handleSecrets, 'run'), clock),
    metrics,
  }
  const needs = {
    gate: createGate(parts, {
      closed: () =>
        isDraining
          ? drainingError()
          : overloadError(
              recorder.journal.admits(),
              runningCalls.count(),
              runtime().snapshot.limits.inFlight,
            ),
    }),
    dial: rules.dial,
    destination,
    providerOf: (target: { provider: string }) => rules.providerOf(destination(target.provider)),
    clock,
    random,
    listModels: () => rules.discovery.list(),
    limits: () => runtime().snapshot.limits,
    kept,
    onStop: undo.push,
  }
  const doors = [...modules.flatMap((module) => module.doors(needs)), runTokenDoor(needs.gate)]

  function destination(name: string): DestinationRule {
    const rule = runtime().destination(name)
    if (rule) return rule
    throw new GatewayError('no-target', `"${name}" is no longer configured.`)
  }

  const ready = () =>
    checkReadiness({
      isDraining: () => isDraining,
      journalTrouble: () => recorder.journal.trouble(),
      rejectedConfiguration() {
        const { rejectedAt, version } = publisher.status()
        return rejectedAt === undefined
          ? undefined
          : `the last edit has mistakes (gatehouse config show); version ${version} stays active`
      },
      isStoreDown: () => admission.status().isStoreDown || troubles.isStoreDown(),
      recordTroubles: troubles.list,
      barredTargets: () => admission.barred(),
      budgetTrouble: () => rules.budgets.trouble(),
    })

  function drain() {
    isDraining = true
    connections.drain(drainingError())
  }

  return { doors, ready, metrics: metrics.render, drain }
}

const drainingError = () =>
  new GatewayError('draining', 'The gateway is shutting down; retry, and another node will respond.', {
    retryAfterSeconds: 1,
  })

function overloadError(
  journalAdmits: boolean,
  inFlight: number,
  maxInFlight: number,
): GatewayError | undefined {
  if (!journalAdmits)
    return new GatewayError(
      'overloaded',
      'The gateway cannot write records at the moment and accepts no new calls; retry soon.',
      {
        retryAfterSeconds: 5,
      },
    )
  return inFlight < maxInFlight ? undefined : tooManyCallsError(maxInFlight)
}
