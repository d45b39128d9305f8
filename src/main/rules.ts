// Who may call and what is in force: the keys, the configuration with everything that a new one changes, and
// what this node knows of its targets.

import { actorFields } from '../contract/actor.ts'
import type { Directory } from '../contract/directory.ts'
import { GatewayError } from '../contract/errors.ts'
import type { Dial } from '../contract/upstream.ts'
import type { Signals } from '../contract/signals.ts'
import { type Kinds, loadConfiguration, openPublisher, type Publisher } from '../control/index.ts'
import { directory } from '../gateway/identify/directory.ts'
import { Connections } from '../gateway/connections.ts'
import { RunPlaceholders } from '../gateway/inspect/run-placeholders.ts'
import { provision, type Runtime } from '../gateway/provision.ts'
import { type Health, health } from '../gateway/route/index.ts'
import { type Running, running } from '../gateway/running.ts'
import { signals } from '../gateway/signals.ts'
import type { Clock } from '../kit/clock.ts'
import { random } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import { providers } from '../traffic/llm/providers/index.ts'
import { upstream } from '../upstream/index.ts'
import { type Budgets, budgets } from './budgets.ts'
import { Compiler } from './compiler.ts'
import type { Data } from './data.ts'
import { applyFileKeys, revokedSecrets } from './file-keys.ts'
import type { FirstLook } from './first-look.ts'
import { type Environment, reveal } from './reveal.ts'
import { type Discovery, discovery, modelNames, targetMaker } from './targets.ts'
import type { Undo } from './undo.ts'

export interface Rules {
  keys: Directory
  signal: Signals
  calls: Running
  connections: Connections
  dial: Dial
  providerOf: ReturnType<typeof providers>
  listed: Discovery
  targets: Health
  limits: Budgets
  published: Publisher
  /** What a call that begins now is ruled by. */
  inForce(): Runtime
}

export interface RulesParts {
  env: Environment
  clock: Clock
  log: Log
  undo: Undo
  /** Where relative paths of the configuration start. */
  folder: string
  kinds: Kinds
  /** A build with modules of its own has kinds that the compile thread does not know. */
  compilesHere: boolean
}

/** Resolves when the rules hold, budgets included. */
export async function putInForce(
  look: FirstLook,
  { box, store, recorder, admits }: Data,
  { env, clock, log, undo, folder, kinds, compilesHere }: RulesParts,
): Promise<Rules> {
  const stored = await store.keys.all()
  const keys = directory(stored.filter((key) => key.owner === 'admin'))
  const revoked = revokedSecrets(keys, stored)
  const signal = signals()
  const calls = running()
  signal.listen(calls.receive)
  const connections = new Connections({ directory: keys, principals: () => inForce().principals, clock, log })
  signal.listen((one) => connections.receive(one))
  keys.listen((delta) => connections.keyChanged(delta))
  const lines = upstream({ clock, reveal: reveal(env, box), environment: env })
  undo.push(() => lines.close())
  const providerOf = providers({ dial: lines.dial, clock, random })
  const listed = discovery({ clock, log, providerOf })
  undo.push(() => listed.stop())
  const targets = health(clock)
  const limits = budgets({
    ledger: store.ledger,
    holder: () => recorder.registration.holder,
    admission: admits,
    keys,
    isAlone: !store.isShared,
    clock,
    log,
  })
  undo.push(() => limits.stop())
  keys.listen(limits.revise)

  let runtime: Runtime | undefined
  const placeholders = new RunPlaceholders()
  const compiler = new Compiler({ clock })
  undo.push(() => compiler.close())
  const loadHere = () =>
    loadConfiguration({
      path: look.source,
      folder,
      environment: env,
      kinds,
      seal: box.seal,
      now: clock.now(),
    })
  const published = await openPublisher({
    ...(look.kept ? { lastGood: look.kept } : {}),
    // Nothing is served yet.
    first: loadHere(),
    load: compilesHere
      ? async () => loadHere()
      : () =>
          compiler.load({
            path: look.source,
            folder,
            environment: { ...env },
            key: box.forThread(),
            now: clock.now(),
          }),
    swap({ rules: { snapshot, keys: fileKeys } }) {
      const next = provision(snapshot, {
        clock,
        names: modelNames(snapshot),
        placeholders,
        describe: targetMaker(snapshot),
      })
      applyFileKeys(keys, fileKeys, revoked, signal, log)
      runtime = next
      targets.keep((target) => next.target(target) !== undefined)
      listed.start(snapshot)
      limits.put(snapshot)
      connections.rulesChanged()
    },
    clock,
    watches: true,
    report({ version, problems }, outcome, by) {
      if (outcome === 'rejected')
        log.error('the edited configuration has mistakes; the last good one stays in force', {
          version,
          mistakes: problems.length,
          ...actorFields(by),
        })
      if (outcome === 'changed') log.info('a new configuration is in force', { version, ...actorFields(by) })
    },
  })
  undo.push(() => published.close())
  await limits.settled()
  if (look.kept) {
    const { version } = look.kept.rules.snapshot
    log.error('the configuration has mistakes; started on the rules last in force', {
      version,
      mistakes: look.mistakes,
    })
  }
  function inForce(): Runtime {
    if (runtime) return runtime
    throw new GatewayError('internal', 'No configuration is in force.')
  }
  return {
    keys,
    signal,
    calls,
    connections,
    dial: lines.dial,
    providerOf,
    listed,
    targets,
    limits,
    published,
    inForce,
  }
}
