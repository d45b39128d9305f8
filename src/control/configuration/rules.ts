// The configuration in force, and reading the file again on demand. A file with mistakes changes nothing.

import type { Configuration, Reload } from '../../contract/admin-api.ts'
import { ProblemError } from '../admin/problem.ts'

export interface ConfigurationNeeds {
  configuration: {
    current(): Configuration
    /** Compiles and publishes; `rejected` leaves the last good one in force. */
    reload(): Promise<'changed' | 'unchanged' | 'rejected'>
  }
}

/** @throws ProblemError `rejected-configuration` with every mistake */
export async function reload({ configuration }: ConfigurationNeeds): Promise<Reload> {
  const result = await configuration.reload()
  const current = configuration.current()
  if (result !== 'rejected') return { isChanged: result === 'changed', configuration: current }
  const problems = current.rejected?.problems ?? []
  const mistakes = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
  throw new ProblemError(
    'rejected-configuration',
    `${current.source ?? 'the configuration'} has ${mistakes}; version ${current.version} stays in force.`,
    {
      mistakes: problems,
    },
  )
}
