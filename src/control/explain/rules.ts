// Explaining a decision: the gateway's own authorisation is asked, so that the answer cannot differ from what calls meet.

import type { ExplainQuery, Explanation } from '../../contract/admin-api.ts'
import type { Directory } from '../../contract/directory.ts'
import { nearest } from '../../kit/nearest.ts'
import { ProblemError } from '../admin/problem.ts'

export interface ExplainNeeds {
  directory: Directory
  /** The key exists; the model may not. */
  explain(query: ExplainQuery): Explanation
}

export function explanation(needs: ExplainNeeds, query: ExplainQuery): Explanation {
  if (needs.directory.byId(query.key)) return needs.explain(query)
  const near = nearest(
    query.key,
    Array.from(needs.directory.all(), (key) => key.id),
  )
  throw new ProblemError('not-found', `there is no key "${query.key}"${near ? `; did you mean "${near}"?` : '; `gatehouse keys list` shows all'}`)
}
