// The only place where parts meet. Read `serve` from top to bottom to see what a gateway is made of; each
// line has its file in main/.

import { problemText, type ReloadOutcome } from './control/index.ts'
import { fileActor } from './contract/actor.ts'
import { GatewayError } from './contract/errors.ts'
import type { Files } from './gateway/record/index.ts'
import { type Clock, delay } from './kit/clock.ts'
import { jsonLog, type Log } from './kit/log.ts'
import { realClock } from './kit/real-clock.ts'
import { createApprover } from './main/approvals.ts'
import { adminKey } from './main/admin-key.ts'
import { banner } from './main/banner.ts'
import type { CheckOptions } from './main/check.ts'
import { controlPlane } from './main/control-plane.ts'
import { openData } from './main/data.ts'
import { dataPlane } from './main/data-plane.ts'
import { demoKey } from './main/demo-key.ts'
import { firstLook } from './main/first-look.ts'
import { openKept } from './main/kept.ts'
import { createKinds } from './main/kinds.ts'
import { openListeners } from './main/listeners.ts'
import { type TrafficModule, modules } from './main/modules.ts'
import { startRetention } from './main/retention.ts'
import { putInForce } from './main/rules.ts'
import { undo as undoing } from './main/undo.ts'

export { checkConfiguration, type CheckOptions, type CheckReport } from './main/check.ts'
export { adoptStore } from './main/adopt.ts'

export interface ServeOptions extends CheckOptions {
  /** One line for people; no line end. */
  print(line: string): void
  /**
   * When the configuration has mistakes, start on the rules that were last in force: the data folder that
   * they are kept in, or true for `data` beside the configuration file.
   */
  lastGood?: string | true
  /** Instead of the real clock, for tests. */
  clock?: Clock
  /** Instead of standard error. */
  log?: Log
  /** Instead of the journal's disk, for tests. */
  files?: Files
  /** Where relative paths start; default: the working directory. */
  folder?: string
  /** Traffic modules in addition to those of this build. */
  modules?: readonly TrafficModule[]
}

export interface Running {
  url: string
  adminUrl: string
  metricsUrl: string
  /** Reads the configuration again, as after an edit of its file. Never rejects. */
  reload(): Promise<ReloadOutcome>
  /** Drains and ends; what is still open after the drain time is cut. Idempotent. */
  stop(): Promise<void>
}

/** @throws Error (RejectedConfiguration among them) when it cannot start; nothing is left open then */
export async function serve(options: ServeOptions): Promise<Running> {
  const { env, files } = options
  const clock = options.clock ?? realClock()
  const log = options.log ?? jsonLog((line) => process.stderr.write(line), clock.now)
  const folder = options.folder ?? process.cwd()
  const all = [...modules, ...(options.modules ?? [])]
  const kinds = createKinds(all)
  const look = firstLook(options, { folder, kinds, now: clock.now() })
  const { settings, source } = look
  const undo = undoing(log)
  try {
    const data = await openData(settings.data, { env, clock, log, undo, files })
    const rules = await putInForce(look, data, {
      env,
      clock,
      log,
      undo,
      folder,
      kinds,
      compilesHere: options.modules !== undefined,
    })
    const kept = openKept(data, rules, { clock, log, undo })
    const traffic = dataPlane(data, rules, {
      clock,
      log,
      kept,
      approver: createApprover(data, { clock, log, undo }),
      modules: all,
      undo,
    })
    const retention = startRetention({
      retention: data.store.retention,
      snapshot: () => rules.inForce().snapshot,
      clock,
      log,
    })
    undo.push(() => retention.stop())
    const owner = adminKey(settings.data, settings.admin.keySha256)
    const admin = controlPlane(data, rules, { owner, source, clock, log })
    const listeners = openListeners(settings, { traffic, admin, inForce: rules.inForce, clock, log, undo })
    const { url, adminUrl, metricsUrl } = listeners

    const demo = source === undefined ? await demoKey(data.store.keys, rules.keys, clock.now()) : undefined
    owner.keep()
    const warnings = rules.published.status().problems.map((problem) => problemText(problem))
    const { snapshot } = rules.inForce()
    for (const line of banner({
      url,
      adminUrl,
      metricsUrl,
      source,
      snapshot,
      adminSecret: owner.secret,
      demo,
      warnings,
    }))
      options.print(line)

    async function stop(): Promise<void> {
      traffic.drain()
      const answered = listeners.stopListening()
      const late = clock.after(drainMs, () => {
        rules.calls.stopAll(shutDown())
        rules.connections.stopAll(shutDown())
      })
      await Promise.all([rules.calls.idle(), rules.connections.idle()])
      // An exchange is over before its last bytes have left, and a body may still be arriving. An open tail
      // of the admin API has no end: not for ever.
      await Promise.race([answered, delay(realClock(), lastBytesMs)])
      await rules.calls.idle()
      late.cancel()
      await undo.all()
    }
    let stopping: Promise<void> | undefined
    const reload = () => rules.published.reload(fileActor)
    return { url, adminUrl, metricsUrl, reload, stop: () => (stopping ??= stop()) }
  } catch (thrown) {
    await undo.all()
    throw thrown
  }
}

const drainMs = 30_000
const lastBytesMs = 1_000

const shutDown = () => new GatewayError('draining', 'The gateway shut down before the answer was complete.')
