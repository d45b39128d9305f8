// The values by which budgets and limits count separately: callers, requested resources, or the values of a
// tag.

import { createHash } from 'node:crypto'
import type { Resource } from '../../contract/resource.ts'
import type { BudgetEach } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'

export interface ValuedCall {
  readonly subject: Subject
  readonly resource: Resource
}

const longestValue = 200

/**
 * The value as it appears in bucket names. Calls without a value share one name. An encoded value never
 * starts with a plus, because a plus is written as `%2B`.
 */
export function valueOf(each: BudgetEach, call: ValuedCall): string {
  const value = sentValue(each, call)
  if (value === undefined) return '+none'
  const text = encodeURIComponent(value.toWellFormed())
  return text.length <= longestValue
    ? text
    : `+${createHash('sha256').update(text).digest('hex').slice(0, 40)}`
}

function sentValue(each: BudgetEach, { subject, resource }: ValuedCall): string | undefined {
  if (each === 'key') return subject.key
  if (each === 'person') return subject.person
  if (each === 'workload') return subject.workload
  if (each === 'resource') return resource.name
  const tag = each.slice('tag:'.length)
  return Object.hasOwn(subject.tags, tag) ? subject.tags[tag] : undefined
}
