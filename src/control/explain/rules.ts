// Explains a decision. It uses the gateway's own authorization, so that the explanation cannot differ from the
// decision about a call.

import type { ExplainQuery, Explanation } from '../../contract/admin-api.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { type Resource, resourceKinds } from '../../contract/resource.ts'
import { findNearest } from '../../kit/nearest.ts'
import { ProblemError } from '../admin/problem.ts'
import { type StateNeeds, closedBy, keyObstacle, withState } from './state.ts'

export interface ExplainNeeds extends StateNeeds {
  /** The decision of the gateway itself. The resource may not exist. */
  explain(key: KeyEntry, resource: Resource): Explanation
}

export async function explain(needs: ExplainNeeds, query: ExplainQuery): Promise<Explanation> {
  const key = needs.directory.byId(query.key)
  if (key) {
    const explained = needs.explain(key, resourceOf(query))
    const obstacle = keyObstacle(key, needs.clock.now())
    return obstacle ? closedBy(explained, obstacle) : withState(needs, key, explained)
  }
  const near = findNearest(
    query.key,
    Array.from(needs.directory.all(), (other) => other.id),
  )
  throw new ProblemError(
    'not-found',
    `there is no key "${query.key}"${near ? `; did you mean "${near}"?` : '; `gatehouse keys list` shows all'}`,
  )
}

/** The schema accepts exactly one. */
function resourceOf(query: ExplainQuery): Resource {
  const kind = resourceKinds.find((each) => query[each] !== undefined) ?? 'model'
  return { kind, name: query[kind] ?? '' }
}
