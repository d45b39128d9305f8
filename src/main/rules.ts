// The callers and the active rules: keys, the configuration with everything that a new one changes, and the
// health of targets on this node.

import { actorFields } from '../contract/actor.ts'
import type { Directory } from '../contract/directory.ts'
import { GatewayError } from '../contract/errors.ts'
import type { Dial } from '../contract/upstream.ts'
import type { Signals } from '../contract/signals.ts'
import {
  type Kinds,
  loadConfiguration,
  openPublisher,
  type Publisher,
  type PublisherOptions,
} from '../control/index.ts'
import { createDirectory } from '../gateway/identify/directory.ts'
import { Connections } from '../gateway/connections.ts'
import { RunPlaceholders } from '../gateway/inspect/run-placeholders.ts'
import { provision, type Runtime } from '../gateway/provision.ts'
import { createHealth, type Health } from '../gateway/route/index.ts'
import { createRunningCalls, type RunningCalls } from '../gateway/running.ts'
import { createSignals } from '../gateway/signals.ts'
import type { Clock } from '../kit/clock.ts'
import { random } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import { createProviders } from '../traffic/llm/providers/index.ts'
import { createUpstream } from '../upstream/index.ts'
import { BudgetActivator } from './budget-activator.ts'
import { Compiler } from './compiler.ts'
import type { Data } from './data.ts'
import { applyFileKeys, revokedSecrets } from './file-keys.ts'
import type { InitialConfiguration } from './initial-configuration.ts'
import { createReveal, type Environment } from './reveal.ts'
import { createModelNames, createTargetMaker, Discovery } from './targets.ts'
import type { Undo } from './undo.ts'

export interface Rules {
  directory: Directory
  signals: Signals
  runningCalls: RunningCalls
  connections: Connections
  dial: Dial
  providerOf: ReturnType<typeof createProviders>
  discovery: Discovery
  health: Health
  budgets: BudgetActivator
  publisher: Publisher
  /** The rules for a call that starts now. */
  runtime(): Runtime
}

export interface RulesParts {
  env: Environment
  clock: Clock
  log: Log
  undo: Undo
  /** The folder for relative paths of the configuration. */
  folder: string
  kinds: Kinds
  /** Compiles on this thread. The compile thread does not know the kinds of additional modules. */
  compilesHere: boolean
}

type Callers = Pick<Rules, 'directory' | 'signals' | 'runningCalls' | 'connections'>

/** Resolves when the rules are active, budgets included. */
export async function activateRules(
  initial: InitialConfiguration,
  data: Data,
  parts: RulesParts,
): Promise<Rules> {
  const { env, clock, log, undo } = parts
  const stored = await data.store.keys.all()
  let active: Runtime | undefined
  const runtime = () => {
    if (active) return active
    throw new GatewayError('internal', 'No configuration is active.')
  }
  const callers = createCallers(
    createDirectory(stored.filter((key) => key.owner === 'admin')),
    () => runtime().principals,
    parts,
  )
  const { directory, signals, connections } = callers
  const revoked = revokedSecrets(directory, stored)
  const upstream = createUpstream({ clock, reveal: createReveal(env, data.box), environment: env })
  undo.push(() => upstream.close())
  const { dial } = upstream
  const providerOf = createProviders({ dial, clock, random })
  const discovery = new Discovery({ clock, log, providerOf })
  undo.push(() => discovery.stop())
  const health = createHealth(clock)
  const budgets = startBudgets(data, directory, parts)
  const placeholders = new RunPlaceholders()
  const publisher = await openPublisher({
    ...(initial.lastGood ? { lastGood: initial.lastGood } : {}),
    ...createLoaders(initial, data, parts),
    swap({ rules: { snapshot, keys: fileKeys } }) {
      const next = provision(snapshot, {
        clock,
        names: createModelNames(snapshot),
        placeholders,
        describe: createTargetMaker(snapshot),
      })
      applyFileKeys(directory, fileKeys, revoked, signals, log)
      active = next
      health.keep((target) => next.target(target) !== undefined)
      discovery.start(snapshot)
      budgets.put(snapshot)
      connections.rulesChanged()
    },
    clock,
    watches: true,
    report: reportReload(log),
  })
  undo.push(() => publisher.close())
  await budgets.settled()
  if (initial.lastGood) {
    const { version } = initial.lastGood.rules.snapshot
    log.error('the configuration has mistakes; started with the last active rules', {
      version,
      mistakes: initial.mistakes,
    })
  }
  return { ...callers, dial, providerOf, discovery, health, budgets, publisher, runtime }
}

function createCallers(
  directory: Directory,
  principals: () => Runtime['principals'],
  { clock, log }: RulesParts,
): Callers {
  const signals = createSignals()
  const runningCalls = createRunningCalls()
  signals.listen(runningCalls.receive)
  const connections = new Connections({ directory, principals, clock, log })
  signals.listen((signal) => connections.receive(signal))
  directory.listen((delta) => connections.keyChanged(delta))
  return { directory, signals, runningCalls, connections }
}

function startBudgets(
  { store, recorder, admission }: Data,
  directory: Directory,
  { clock, log, undo }: RulesParts,
): BudgetActivator {
  const budgets = new BudgetActivator({
    ledger: store.ledger,
    holder: () => recorder.registration.holder,
    admission,
    keys: directory,
    isAlone: !store.isShared,
    clock,
    log,
  })
  undo.push(() => budgets.stop())
  directory.listen((delta, before) => budgets.revise(delta, before))
  return budgets
}

/** The first load runs on this thread, because nothing is served yet. */
function createLoaders(
  { source: path }: InitialConfiguration,
  { box }: Data,
  { env, clock, undo, folder, kinds, compilesHere }: RulesParts,
): Pick<PublisherOptions, 'first' | 'load'> {
  const loadHere = () =>
    loadConfiguration({ path, folder, environment: env, kinds, seal: box.seal, now: clock.now() })
  if (compilesHere) return { first: loadHere(), load: async () => loadHere() }
  const compiler = new Compiler({ clock })
  undo.push(() => compiler.close())
  const load = () =>
    compiler.load({ path, folder, environment: { ...env }, key: box.forThread(), now: clock.now() })
  return { first: loadHere(), load }
}

const reportReload =
  (log: Log): PublisherOptions['report'] =>
  ({ version, problems }, outcome, by) => {
    if (outcome === 'rejected')
      log.error('the edited configuration has mistakes; the last good one stays active', {
        version,
        mistakes: problems.length,
        ...actorFields(by),
      })
    if (outcome === 'changed') log.info('a new configuration is active', { version, ...actorFields(by) })
  }
