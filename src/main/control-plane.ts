// The control plane's API, wired to what it shows and changes.

import { adminActor } from '../contract/actor.ts'
import type { Peer } from '../contract/endpoint.ts'
import type { Clock } from '../kit/clock.ts'
import { newSecret } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import { argumentSealer } from './approvals.ts'
import type { AdminKey } from './admin-key.ts'
import type { Data } from './data.ts'
import type { Rules } from './rules.ts'
import { tail } from './tail.ts'

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

export function controlPlane(
  { store, recorder, admits, handleSecrets }: Data,
  rules: Rules,
  { owner, source, clock, log }: ControlPlaneParts,
): ControlPlane {
  const { inForce, published, targets } = rules
  const argumentsOf = argumentSealer({ handleSecrets })
  // Loaded with the first question: most processes carry traffic only, and the API's schemas take megabytes.
  async function open() {
    const { adminApi } = await import('../control/server.ts')
    return adminApi({
      adminCredentials: () => [
        { sha256: published.current().settings.admin.keySha256 ?? owner.sha256, actor: adminActor },
      ],
      keyStore: store.keys,
      directory: rules.keys,
      signals: rules.signal,
      teams: () => inForce().snapshot.teams,
      clock,
      log,
      newSecret: () => newSecret('gh'),
      explain: (key, resource) => inForce().explain(inForce().principals.of(key), resource, clock.now()),
      records: store.records,
      ledger: store.ledger,
      approvals: store.approvals,
      openArguments: (id, sealed) => argumentsOf.open(sealed, id)?.toString(),
      tail: tail(recorder.live),
      rules: () => inForce().snapshot,
      owners: () => inForce().snapshot,
      targetHealth: targets.report,
      inFlightAt: targets.inFlightAt,
      barred: admits.barred,
      pardon: admits.pardon,
      publisher: {
        status: published.status,
        // Whoever lowered a budget may rely on it when the answer is there.
        async reload(by) {
          const outcome = await published.reload(by)
          await rules.limits.settled()
          return outcome
        },
      },
      ...(source === undefined ? {} : { configurationFile: source }),
    })
  }
  let opened: ReturnType<typeof open> | undefined
  return { fetch: async (request, peer) => (await (opened ??= open())).fetch(request, peer) }
}
