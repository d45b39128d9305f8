// The caller that has rules and owns objects. A key with a person or a workload acts as that one; a plain key
// is a principal of its own.

import type { KeyEntry } from './directory.ts'
import type { Subject } from './subject.ts'

export type PrincipalKind = 'key' | 'person' | 'workload'

export interface Principal {
  /** `kind:issuer:subject`: `workload:gatehouse:ci`. No issuer holds a colon. */
  readonly id: string
  readonly kind: PrincipalKind
  readonly name: string
  readonly team: string
  /** The team and its ancestors, nearest first. */
  readonly teamPath: readonly string[]
}

/** An identified caller. What the gate knows beyond this is opaque to traffic modules. */
export interface Caller {
  readonly principal: Principal
  readonly subject: Subject
}

/** Whose an object is. Who moves to another team leaves its objects behind. */
export interface Owner {
  readonly principal: string
  readonly team: string
}

/**
 * A person comes first: what an agent keeps for one person is not another's, although the same workload
 * carries both.
 */
export function principalOf({
  id,
  person,
  workload,
}: Pick<KeyEntry, 'id' | 'person' | 'workload'>): Pick<Principal, 'id' | 'kind' | 'name'> {
  if (person !== undefined) return { id: `person:gatehouse:${person}`, kind: 'person', name: person }
  if (workload !== undefined)
    return { id: `workload:gatehouse:${workload}`, kind: 'workload', name: workload }
  return { id: `key:gatehouse:${id}`, kind: 'key', name: id }
}

export const ownerOf = ({ id, team }: Pick<Principal, 'id' | 'team'>): Owner => ({ principal: id, team })

/**
 * For stores and seals. It begins with a bracket, as no id of a key does: builds before this one wrote the id
 * of the key as owner.
 */
export const ownerText = ({ principal, team }: Owner): string => JSON.stringify([principal, team])
