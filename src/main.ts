// The composition root. Read `serve` from top to bottom to see the parts of a gateway. Each line has its file
// in main/.

import { problemText, type ReloadOutcome } from './control/index.ts'
import { fileActor } from './contract/actor.ts'
import { GatewayError } from './contract/errors.ts'
import type { Files } from './gateway/record/index.ts'
import { type Clock, delay } from './kit/clock.ts'
import { createJsonLog, type Log } from './kit/log.ts'
import { createRealClock } from './kit/real-clock.ts'
import { createApprover } from './main/approvals.ts'
import { openAdminKey } from './main/admin-key.ts'
import { renderBanner } from './main/banner.ts'
import type { CheckOptions } from './main/check.ts'
import { createControlPlane } from './main/control-plane.ts'
import { openData } from './main/data.ts'
import { createDataPlane } from './main/data-plane.ts'
import { ensureDemoKey } from './main/demo-key.ts'
import { loadInitialConfiguration } from './main/initial-configuration.ts'
import { openKept } from './main/kept.ts'
import { createKinds } from './main/kinds.ts'
import { type Listeners, openListeners } from './main/listeners.ts'
import { modules, type TrafficModule } from './main/modules.ts'
import { startRetention } from './main/retention.ts'
import { activateRules, type Rules } from './main/rules.ts'
import { createUndo } from './main/undo.ts'

export { checkConfiguration, type CheckOptions, type CheckReport } from './main/check.ts'
export { adoptStore } from './main/adopt.ts'

export interface ServeOptions extends CheckOptions {
  /** One line for people; no line end. */
  print(line: string): void
  /**
   * If the configuration has mistakes, start with the last active rules. The value is the data folder with
   * these rules, or true for `data` next to the configuration file.
   */
  lastGood?: string | true
  /** Instead of the real clock, for tests. */
  clock?: Clock
  /** Instead of standard error. */
  log?: Log
  /** Instead of the journal's disk, for tests. */
  files?: Files
  /** The folder for relative paths. Default: the working directory. */
  folder?: string
  /** Traffic modules in addition to those of this build. */
  modules?: readonly TrafficModule[]
}

export interface RunningGatehouse {
  url: string
  adminUrl: string
  metricsUrl: string
  /** Reads the configuration again, as after an edit of its file. Never rejects. */
  reload(): Promise<ReloadOutcome>
  /** Drains and ends. Calls that still run after the drain time are cut. Idempotent. */
  stop(): Promise<void>
}

/** @throws Error, such as RejectedConfiguration, if it cannot start. Nothing stays open in that case. */
export async function serve(options: ServeOptions): Promise<RunningGatehouse> {
  const { env, files } = options
  const clock = options.clock ?? createRealClock()
  const log = options.log ?? createJsonLog((line) => process.stderr.write(line), clock.now)
  const folder = options.folder ?? process.cwd()
  const trafficModules = [...modules, ...(options.modules ?? [])]
  const kinds = createKinds(trafficModules)
  const initial = loadInitialConfiguration(options, { folder, kinds, now: clock.now() })
  const { settings, source } = initial
  const undo = createUndo(log)
  try {
    const data = await openData(settings.data, { env, clock, log, undo, files })
    const rules = await activateRules(initial, data, {
      env,
      clock,
      log,
      undo,
      folder,
      kinds,
      compilesHere: options.modules !== undefined,
    })
    const kept = openKept(data, rules, { clock, log, undo })
    const approver = createApprover(data, { clock, log, undo })
    const dataPlane = createDataPlane(data, rules, {
      clock,
      log,
      kept,
      approver,
      modules: trafficModules,
      undo,
    })
    const retention = startRetention({
      retention: data.store.retention,
      snapshot: () => rules.runtime().snapshot,
      clock,
      log,
    })
    undo.push(() => retention.stop())
    const owner = openAdminKey(settings.data, settings.admin.keySha256)
    const controlPlane = createControlPlane(data, rules, { owner, source, clock, log })
    const { runtime } = rules
    const listeners = openListeners(settings, { dataPlane, controlPlane, runtime, clock, log, undo })
    const { url, adminUrl, metricsUrl } = listeners

    const demo =
      source === undefined ? await ensureDemoKey(data.store.keys, rules.directory, clock.now()) : undefined
    owner.keep()
    const warnings = rules.publisher.status().problems.map((problem) => problemText(problem))
    const { snapshot } = runtime()
    const { secret: adminSecret } = owner
    for (const line of renderBanner({
      url,
      adminUrl,
      metricsUrl,
      source,
      snapshot,
      adminSecret,
      demo,
      warnings,
    }))
      options.print(line)

    async function stop(): Promise<void> {
      dataPlane.drain()
      await drain(rules, listeners, clock)
      await undo.all()
    }
    let stopping: Promise<void> | undefined
    const reload = () => rules.publisher.reload(fileActor)
    return { url, adminUrl, metricsUrl, reload, stop: () => (stopping ??= stop()) }
  } catch (thrown) {
    await undo.all()
    throw thrown
  }
}

/** Waits until calls and connections have ended, and cuts them after a time. */
async function drain(
  { runningCalls, connections }: Rules,
  { stopListening }: Listeners,
  clock: Clock,
): Promise<void> {
  const lastResponses = stopListening()
  const late = clock.after(drainMs, () => {
    runningCalls.stopAll(shutDown())
    connections.stopAll(shutDown())
  })
  await Promise.all([runningCalls.idle(), connections.idle()])
  // An exchange ends before its last bytes have left, and a body may still be arriving. But an open tail of the
  // admin API never ends, so the wait is limited.
  await Promise.race([lastResponses, delay(createRealClock(), lastBytesMs)])
  await runningCalls.idle()
  late.cancel()
}

const drainMs = 30_000
const lastBytesMs = 1_000

const shutDown = () => new GatewayError('draining', 'The gateway shut down before the response was complete.')
