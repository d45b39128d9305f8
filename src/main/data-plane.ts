// The data plane: the gate with all of its parts, and the rooms whose doors lead to it.

import type { Endpoint } from '../contract/endpoint.ts'
import { GatewayError } from '../contract/errors.ts'
import type { DestinationRule } from '../contract/snapshot.ts'
import type { Approver } from '../gateway/approve/index.ts'
import { createGate } from '../gateway/gate.ts'
import { metrics } from '../gateway/metrics.ts'
import type { Parts } from '../gateway/parts.ts'
import { RunBook } from '../gateway/run-book.ts'
import { runTokenDoor } from '../traffic/runs/index.ts'
import { RunTokens } from '../gateway/run-token.ts'
import { tooMany } from '../gateway/running.ts'
import { sealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import { random } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import type { Data } from './data.ts'
import type { TrafficModule } from './modules.ts'
import { gauges } from './gauges.ts'
import type { Kept } from './kept.ts'
import { type Readiness, readiness } from './readiness.ts'
import type { Rules } from './rules.ts'
import type { Undo } from './undo.ts'

export interface DataPlane {
  doors: readonly Endpoint[]
  ready(): Readiness
  /** The text that /metrics answers. */
  metrics(): string
  /** From now on no new call is let in. */
  drain(): void
}

export function dataPlane(
  { recorder, admits, trouble, handleSecrets }: Data,
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
    kept: Kept
    approver: Approver
    modules: readonly TrafficModule[]
    undo: Undo
  },
): DataPlane {
  const { calls, connections, inForce, published, targets } = rules
  const isConfigured = (target: string) => Object.hasOwn(inForce().snapshot.targets, target)
  const counted = metrics(isConfigured)
  gauges(counted, { running: calls, connections, recorder, admission: admits, targets, isConfigured })
  let isDraining = false

  const parts: Parts = {
    clock,
    random,
    log,
    runtime: inForce,
    directory: rules.keys,
    admission: admits,
    approver,
    recorder,
    health: targets,
    running: calls,
    runs: new RunBook(),
    connections,
    tokens: new RunTokens(sealer(handleSecrets, 'run'), clock),
    metrics: counted,
  }
  const needs = {
    gate: createGate(parts, {
      closed: () =>
        isDraining
          ? draining()
          : overload(recorder.journal.admits(), calls.count(), inForce().snapshot.limits.inFlight),
    }),
    dial: rules.dial,
    destination,
    providerOf: (target: { provider: string }) => rules.providerOf(destination(target.provider)),
    clock,
    random,
    listModels: rules.listed.list,
    limits: () => inForce().snapshot.limits,
    kept,
    onStop: undo.push,
  }
  const doors = [...modules.flatMap((module) => module.doors(needs)), runTokenDoor(needs.gate)]

  function destination(name: string): DestinationRule {
    const rule = inForce().destination(name)
    if (rule) return rule
    throw new GatewayError('no-target', `"${name}" is not configured any more.`)
  }

  const ready = () =>
    readiness({
      isDraining: () => isDraining,
      journalTrouble: recorder.journal.trouble,
      rejectedConfiguration() {
        const { rejectedAt, version } = published.status()
        return rejectedAt === undefined
          ? undefined
          : `the last edit has mistakes (gatehouse config show); version ${version} stays in force`
      },
      isStoreDown: () => admits.status().isStoreDown || trouble.isStoreDown(),
      recordTroubles: trouble.list,
      barredTargets: admits.barred,
      budgetTrouble: rules.limits.trouble,
    })

  function drain() {
    isDraining = true
    connections.drain(draining())
  }

  return { doors, ready, metrics: counted.render, drain }
}

const draining = () =>
  new GatewayError('draining', 'The gateway is shutting down; call again, another node will answer.', {
    retryAfterSeconds: 1,
  })

function overload(journalAdmits: boolean, inFlight: number, most: number): GatewayError | undefined {
  if (!journalAdmits)
    return new GatewayError(
      'overloaded',
      'The gateway cannot write records at the moment and takes no new calls; try again soon.',
      {
        retryAfterSeconds: 5,
      },
    )
  return inFlight < most ? undefined : tooMany(most)
}
