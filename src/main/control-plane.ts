// Connects the admin API to the parts that it shows and changes.

import { adminActor } from '../contract/actor.ts'
import type { Peer } from '../contract/endpoint.ts'
import type { ExchangeRecord } from '../contract/record.ts'
import type { Recorder } from '../gateway/record/index.ts'
import type { Clock } from '../kit/clock.ts'
import { newSecret } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import { argumentSealer } from './approvals.ts'
import type { AdminKey } from './admin-key.ts'
import type { Data } from './data.ts'
import type { Rules } from './rules.ts'

export interface ControlPlane {
  fetch(request: Request, peer: Peer): Promise<Response>
}

export interface ControlPlaneParts {
  owner: AdminKey
  /** The configuration file. */
  source: string | undefined
  clock: Clock
  log: Log
}

export function createControlPlane(
  { store, recorder, admission, handleSecrets }: Data,
  rules: Rules,
  { owner, source, clock, log }: ControlPlaneParts,
): ControlPlane {
  const { runtime, publisher, health } = rules
  const argumentsOf = argumentSealer({ handleSecrets })
  // Loaded at the first request: many processes carry only traffic, and the API's schemas take megabytes.
  async function open() {
    const { createAdminApi } = await import('../control/server.ts')
    return createAdminApi({
      adminCredentials: () => [
        { sha256: publisher.current().settings.admin.keySha256 ?? owner.sha256, actor: adminActor },
      ],
      keyStore: store.keys,
      directory: rules.directory,
      signals: rules.signals,
      teams: () => runtime().snapshot.teams,
      clock,
      log,
      newSecret: () => newSecret('gh'),
      explain: (key, resource) => runtime().explain(runtime().principals.of(key), resource, clock.now()),
      records: store.records,
      ledger: store.ledger,
      approvals: store.approvals,
      openArguments: (id, sealed) => argumentsOf.open(sealed, id)?.toString(),
      tail: createTail(recorder.live),
      rules: () => runtime().snapshot,
      owners: () => runtime().snapshot,
      targetHealth: () => health.report(),
      inFlightAt: (provider) => health.inFlightAt(provider),
      barred: () => admission.barred(),
      pardonTarget: (target) => admission.pardon(target),
      publisher: {
        status: publisher.status,
        // When the response arrives, a lowered budget must already apply.
        async reload(by) {
          const outcome = await publisher.reload(by)
          await rules.budgets.settled()
          return outcome
        },
      },
      ...(source === undefined ? {} : { configurationFile: source }),
    })
  }
  let opened: ReturnType<typeof open> | undefined
  return { fetch: async (request, peer) => (await (opened ??= open())).fetch(request, peer) }
}

/** Calls `receive` with each closed record, until the returned function is called. */
function createTail(live: Recorder['live']): (receive: (record: ExchangeRecord) => void) => () => void {
  return (receive) => {
    const end = new AbortController()
    const items = live.subscribe(end.signal)
    const follow = async () => {
      for await (const item of items) if (item.kind === 'record') receive(item.record)
    }
    // A receiver that throws ends only its own tail.
    follow().catch(() => end.abort())
    return () => end.abort()
  }
}
