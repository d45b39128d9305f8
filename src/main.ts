// The only place where parts meet. Read `serve` from top to bottom to see what a gateway is made of.

import { dirname, join, resolve } from 'node:path'
import type { KeyEntry } from './contract/directory.ts'
import { GatewayError } from './contract/errors.ts'
import type { Peer } from './contract/traffic.ts'
import {
  type Loaded,
  RejectedConfiguration,
  check,
  findConfiguration,
  lastGood,
  loadConfiguration,
  openSecretBox,
  problemText,
  publisher,
  secretBox,
} from './control/index.ts'
import { admission, boundOf, costOf, memoryCounters, priceAt } from './gateway/admit/index.ts'
import { gate } from './gateway/gate.ts'
import { directory } from './gateway/identify/directory.ts'
import { inspector } from './gateway/inspect/index.ts'
import { runPolicyTests } from './gateway/inspect/policies/index.ts'
import { metrics } from './gateway/metrics.ts'
import type { Parts } from './gateway/parts.ts'
import { type Runtime, provision } from './gateway/provision.ts'
import { type Files, bootId, startRecorder } from './gateway/record/index.ts'
import { health } from './gateway/route/index.ts'
import { running } from './gateway/running.ts'
import { serve as listen } from './gateway/server.ts'
import { signals } from './gateway/signals.ts'
import { type Clock, delay } from './kit/clock.ts'
import { newId, newSecret, random } from './kit/id.ts'
import { type Log, jsonLog } from './kit/log.ts'
import { realClock } from './kit/real-clock.ts'
import { adminKey } from './main/admin-key.ts'
import { banner } from './main/banner.ts'
import { barredFile } from './main/barred.ts'
import { budgets } from './main/budgets.ts'
import { demoKey } from './main/demo-key.ts'
import { applyFileKeys } from './main/file-keys.ts'
import { gauges } from './main/gauges.ts'
import { inside } from './main/inside.ts'
import { tail } from './main/tail.ts'
import { readiness } from './main/readiness.ts'
import { type Environment, reveal } from './main/reveal.ts'
import { troubles } from './main/troubles.ts'
import { bareName, describeTarget, discovery } from './main/targets.ts'
import { lockFolder, openSqliteStore } from './storage/sqlite/index.ts'
import { kinds } from './main/kinds.ts'
import { llmRoom } from './traffic/llm/index.ts'
import { providers } from './traffic/llm/providers/index.ts'
import { upstream } from './upstream/index.ts'

export interface CheckOptions {
  /** Absent: $GATEHOUSE_CONFIG, ./gatehouse.yaml, or none. */
  configPath?: string
  env: Environment
}

export interface ServeOptions extends CheckOptions {
  /** One line for people; no line end. */
  print(line: string): void
  /**
   * When the configuration has mistakes, start on the rules that were last in force: the data folder that they are kept in, or true for
   * `data` beside the configuration file.
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
}

export interface Running {
  url: string
  adminUrl: string
  /** Drains and ends; what is still open after the drain time is cut. Idempotent. */
  stop(): Promise<void>
}

const drainMs = 30_000
const lastBytesMs = 1_000

/** @throws Error (RejectedConfiguration among them) when it cannot start; nothing is left open then */
export async function serve(options: ServeOptions): Promise<Running> {
  const { env, print } = options
  const clock = options.clock ?? realClock()
  const log = options.log ?? jsonLog((line) => process.stderr.write(line), clock.now)
  const folder = options.folder ?? process.cwd()
  const source = findConfiguration(options.configPath, env, folder)

  // The data folder is named by the configuration, and the key that seals its secrets lies in the data folder: read it once to find the folder.
  const first = firstLook(source, folder, env, clock.now())
  const kept = first.compiled === undefined && options.lastGood !== undefined ? lastGood(lastGoodFolder(options.lastGood, source, folder)) : undefined
  const { settings } = first.compiled ?? kept ?? refuse(first.problems, options.lastGood !== undefined)
  const undo: (() => unknown)[] = []
  try {
    const lock = lockFolder(settings.data)
    undo.push(() => lock.release())
    const box = openSecretBox(settings.data, env['GATEHOUSE_SECRET_KEY'], () => newSecret('ghs'))
    let lastRun: string | undefined
    const trouble = troubles(() => lastRun)
    const report = (event: { kind: string; message: string }) => {
      trouble.note(event)
      log.warn(event.message, { event: event.kind })
    }

    // Money and records.
    const boot = bootId()
    const store = await openSqliteStore({ path: `${settings.data}/gatehouse.db`, clock, report })
    undo.push(() => store.close())
    const recorder = await startRecorder({
      folder: settings.data,
      ledger: store.ledger,
      drain: store.drain,
      clock,
      bootId: boot,
      newId,
      report,
      ...(options.files ? { files: options.files } : {}),
    })
    undo.push(() => recorder.end())
    lastRun = recorder.recovered.reason
    const { registration } = recorder
    const barred = barredFile(settings.data, log)
    const admits = admission({
      barred: barred.read(),
      barredChanged: barred.write,
      ledger: store.ledger,
      clock,
      counters: memoryCounters(clock),
      prices: { priceAt, costOf, boundOf },
      registration,
      register: recorder.registerAgain,
      granted: ({ holds, now }) => {
        const lines = holds.map(({ budget, window, granted, returned }) => ({ budget, window, granted: String(granted), returned: String(returned) }))
        // For proof, not for money: a journal in trouble is told by /readyz.
        recorder.journal
          .grant({ kind: 'grant', at: now, holds: lines })
          .catch((thrown: unknown) => log.warn('a grant could not be journaled', {}, thrown))
      },
      faulted: (thrown) => log.error('an answer of the ledger could not be taken in', {}, thrown),
    })
    undo.push(() => admits.stop())
    // What earlier runs spent must be booked before this one may spend: a database that was set back from a backup would not know of it.
    await recorder.reconciled

    // Who may call, and what is in force.
    const stored = await store.keys.all()
    const keys = directory(stored.filter((key) => key.owner === 'admin'))
    const signal = signals()
    const calls = running()
    signal.listen(calls.receive)
    const lines = upstream({ clock, reveal: reveal(env, box), isProxied: isProxied(env) })
    undo.push(() => lines.close())
    const providerOf = providers({ dial: lines.dial, clock, random })
    const listed = discovery({ clock, log, providerOf })
    undo.push(() => listed.stop())
    const targets = health(clock)
    let runtime: Runtime | undefined
    const limits = budgets({ configure: admits.configure, keys: keys.all, clock, log })
    undo.push(() => limits.stop())
    keys.listen(limits.revise)

    const published = publisher({
      ...(kept ? { lastGood: kept } : {}),
      load: () => loadConfiguration({ path: source, folder, environment: env, kinds, seal: box.seal, now: clock.now() }),
      swap(compiled) {
        const next = provision(compiled.snapshot, { clock, bareName: bareName(compiled.snapshot), describe: describeTarget })
        applyFileKeys(keys, compiled.keys, stored, signal, log)
        runtime = next
        targets.keep((target) => next.target(target) !== undefined)
        listed.start(compiled.snapshot)
        limits.put(compiled.snapshot)
      },
      clock,
      watches: true,
      report(status, outcome) {
        if (outcome === 'rejected')
          log.error('the edited configuration has mistakes; the last good one stays in force', {
            version: status.version,
            mistakes: status.problems.length,
          })
        if (outcome === 'changed') log.info('a new configuration is in force', { version: status.version })
      },
    })
    undo.push(() => published.close())
    await limits.settled()
    if (kept)
      log.error('the configuration has mistakes; started on the rules last in force', {
        version: kept.snapshot.version,
        mistakes: first.problems.length,
      })
    const inForce = (): Runtime => {
      if (runtime) return runtime
      throw new GatewayError('internal', 'No configuration is in force.')
    }

    // The data plane.
    const counted = metrics()
    const parts: Parts = {
      clock,
      random,
      log,
      runtime: inForce,
      directory: keys,
      admission: admits,
      recorder,
      health: targets,
      running: calls,
      metrics: counted,
    }
    let isDraining = false
    const door = gate(parts, {
      closed() {
        if (isDraining)
          return new GatewayError('draining', 'The gateway is shutting down; call again, another node will answer.', { retryAfterSeconds: 1 })
        if (!recorder.journal.admits())
          return new GatewayError('overloaded', 'The gateway cannot write records at the moment and takes no new calls; try again soon.', {
            retryAfterSeconds: 5,
          })
        const { inFlight } = inForce().snapshot.limits
        if (calls.count() >= inFlight)
          return new GatewayError('overloaded', `The gateway is at its bound of ${inFlight} calls in flight (limits.inFlight).`, {
            retryAfterSeconds: 1,
          })
        return undefined
      },
    })
    const room = llmRoom({
      gate: door,
      providerOf(target) {
        const rule = inForce().provider(target.provider)
        if (rule) return providerOf(rule)
        throw new GatewayError('no-target', `The provider "${target.provider}" is not configured any more.`)
      },
      clock,
      random,
      listModels: listed.list,
      maxDepth: () => inForce().snapshot.limits.depth,
    })
    const ready = () =>
      readiness({
        isDraining: () => isDraining,
        journalTrouble: recorder.journal.trouble,
        rejectedConfiguration() {
          const status = published.status()
          return status.rejectedAt === undefined
            ? undefined
            : `the last edit has mistakes (gatehouse config show); version ${status.version} stays in force`
        },
        isStoreDown: () => admits.status().isStoreDown || trouble.isStoreDown(),
        recordTroubles: trouble.list,
        barredTargets: admits.barred,
      })
    gauges(counted, { running: calls, recorder, admission: admits, targets })

    // The control plane.
    const owner = adminKey(settings.data, settings.admin.keySha256)
    // Loaded with the first question: most processes carry traffic only, and the API's schemas take megabytes.
    const openAdmin = async () => {
      const { adminApi } = await import('./control/server.ts')
      return adminApi({
        adminKeys: () => [published.current().settings.admin.keySha256 ?? owner.sha256],
        keyStore: store.keys,
        directory: keys,
        signals: signal,
        teams: () => inForce().snapshot.teams,
        clock,
        log,
        newSecret: () => newSecret('gh'),
        explain: (key, resource) => inForce().authoriser.explain(key, resource),
        records: store.records,
        ledger: store.ledger,
        tail: tail(recorder.live),
        providers: () => inForce().snapshot,
        targetHealth: targets.report,
        inFlightAt: targets.inFlightAt,
        barred: admits.barred,
        pardon: admits.pardon,
        publisher: {
          status: published.status,
          // Whoever lowered a budget may rely on it when the answer is there.
          async reload() {
            const outcome = published.reload()
            await limits.settled()
            return outcome
          },
        },
        ...(source === undefined ? {} : { configurationFile: source }),
      })
    }
    let opened: ReturnType<typeof openAdmin> | undefined
    const admin = { fetch: async (request: Request, peer: Peer) => (await (opened ??= openAdmin())).fetch(request, peer) }

    // The doors.
    const common = {
      trustedProxies: settings.trustedProxies,
      ...(settings.tls ? { tls: settings.tls } : {}),
      limits: () => inForce().snapshot.limits,
      clock,
      log,
    }
    const isApart = settings.admin.listen !== undefined
    const listening = listen({
      ...common,
      ...settings.listen,
      doors: room.doors,
      inside: inside({ ready, metrics: counted.render, ...(isApart ? {} : { admin }) }),
      ...(settings.cors ? { cors: settings.cors } : {}),
    })
    undo.push(() => listening.stopNow())
    const aside =
      settings.admin.listen && listen({ ...common, ...settings.admin.listen, doors: [], inside: inside({ ready, metrics: counted.render, admin }) })
    if (aside) undo.push(() => aside.stopNow())

    const demo = source === undefined ? await demoKeyFor(keys.all(), store.keys, clock.now()) : undefined
    if (demo?.entry) keys.apply({ kind: 'put', key: demo.entry })
    const warnings = published.status().problems.map((problem) => problemText(problem))
    const adminUrl = aside?.url ?? listening.url
    const facts = { url: listening.url, adminUrl, source, snapshot: inForce().snapshot, warnings }
    owner.keep()
    for (const line of banner({
      ...facts,
      ...(owner.secret === undefined ? {} : { adminSecret: owner.secret }),
      ...(demo ? { demo: demo.secret === undefined ? {} : { secret: demo.secret } } : {}),
    }))
      print(line)

    let stopping: Promise<void> | undefined
    async function stop(): Promise<void> {
      isDraining = true
      const answered = Promise.all([listening.stopListening(), aside?.stopListening()])
      const late = clock.after(drainMs, () => calls.stopAll(new GatewayError('draining', 'The gateway shut down before the answer was complete.')))
      await calls.idle()
      // An exchange is over before its last bytes have left, and a body may still be arriving. An open tail of the admin API has no end: not for ever.
      await Promise.race([answered, delay(realClock(), lastBytesMs)])
      await calls.idle()
      late.cancel()
      await unwind(undo, log)
    }
    return { url: listening.url, adminUrl, stop: () => (stopping ??= stop()) }
  } catch (thrown) {
    await unwind(undo, log)
    throw thrown
  }
}

/** In reverse order of the start; one that fails does not keep the others from ending. */
async function unwind(undo: (() => unknown)[], log: Log): Promise<void> {
  for (let step = undo.pop(); step; step = undo.pop()) {
    try {
      await step()
    } catch (thrown) {
      log.error('a part did not end well', {}, thrown)
    }
  }
}

async function demoKeyFor(
  known: Iterable<KeyEntry>,
  store: Parameters<typeof demoKey>[0],
  now: number,
): Promise<{ entry?: KeyEntry; secret?: string }> {
  return (await demoKey(store, [...known], everyone, now)) ?? {}
}

/** Bun's fetch reads these, in either case. */
const isProxied = (env: Environment) => ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'].some((name) => Boolean(env[name]))

/** The team of a start without configuration file (control/config makes it). */
const everyone = 'everyone'

const throwAwayBox = () => secretBox(new Uint8Array(32).fill(1))

const firstLook = (path: string | undefined, folder: string, environment: Environment, now: number): Loaded =>
  loadConfiguration({ path, folder, environment, kinds, seal: throwAwayBox().seal, now })

const lastGoodFolder = (named: string | true, source: string | undefined, folder: string): string =>
  named === true ? join(source === undefined ? folder : dirname(source), 'data') : resolve(folder, named)

function refuse(problems: Loaded['problems'], isLastGoodWanted: boolean): never {
  const none = {
    severity: 'error',
    path: '',
    message: 'there are no last good rules to start on',
    cure: 'name the data folder: --last-good <folder>',
  } as const
  throw new RejectedConfiguration(isLastGoodWanted ? [...problems, none] : problems)
}

export interface CheckReport {
  /** The file that was read. Absent: none. */
  file?: string
  problems: Loaded['problems']
  policyTests: number
  settings?: { data: string; listen: { host: string; port: number }; inFlight: number }
}

/** Every mistake, failed policy tests among them. Writes nothing. */
export async function checkConfiguration({ configPath, env }: CheckOptions): Promise<CheckReport> {
  const clock = realClock()
  const folder = process.cwd()
  const path = findConfiguration(configPath, env, folder)
  const now = clock.now()
  const result = await check({ path, folder, environment: env, kinds, seal: throwAwayBox().seal, now }, (snapshot, tests) =>
    runPolicyTests(snapshot.policies, tests, inspector({ snapshot, clock }).detect, now),
  )
  const { compiled } = result
  return {
    ...(path === undefined ? {} : { file: path }),
    problems: result.problems,
    policyTests: compiled?.tests.length ?? 0,
    ...(compiled
      ? { settings: { data: compiled.settings.data, listen: compiled.settings.listen, inFlight: compiled.snapshot.limits.inFlight } }
      : {}),
  }
}
