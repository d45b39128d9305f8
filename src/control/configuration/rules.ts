// The active configuration, and a reload of the file on request. A file with mistakes changes nothing.

import type { Actor } from '../../contract/actor.ts'
import type { Configuration, Mistake, Reload } from '../../contract/admin-api.ts'
import { isoInstant } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import type { Publisher, ReloadOutcome } from '../publish.ts'

export interface ConfigurationNeeds {
  publisher: Pick<Publisher, 'status'> & {
    /** Resolves when the budgets of the new configuration are active, too. */
    reload(by: Actor): Promise<ReloadOutcome>
  }
  /** Absent without a file: the gateway then uses its defaults. */
  configurationFile?: string
}

export function describeConfiguration({ publisher, configurationFile }: ConfigurationNeeds): Configuration {
  const { version, since, problems, rejectedAt, needsRestart } = publisher.status()
  return {
    version,
    since: isoInstant(since),
    ...(configurationFile === undefined ? {} : { file: configurationFile }),
    problems,
    ...(rejectedAt === undefined ? {} : { rejectedAt: isoInstant(rejectedAt) }),
    needsRestart,
  }
}

/** @throws ProblemError `rejected-configuration` with every mistake */
export async function reload(needs: ConfigurationNeeds, by: Actor): Promise<Reload> {
  const outcome = await needs.publisher.reload(by)
  const current = describeConfiguration(needs)
  if (outcome !== 'rejected') return { isChanged: outcome === 'changed', configuration: current }
  const mistakes: Mistake[] = current.problems.filter((problem) => problem.severity !== 'warning')
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
  throw new ProblemError(
    'rejected-configuration',
    `${current.file ?? 'the configuration'} has ${count}; version ${current.version} stays active.`,
    { mistakes },
  )
}
