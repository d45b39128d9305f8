// The caller that has rules and owns objects. A key with a person or a workload acts as that person or
// workload. A plain key is its own principal.

import type { KeyEntry } from './directory.ts'
import type { Subject } from './subject.ts'

export type PrincipalKind = 'key' | 'person' | 'workload'

export interface Principal {
  /** `kind:issuer:subject`: `workload:gatehouse:ci`. An issuer never contains a colon. */
  readonly id: string
  readonly kind: PrincipalKind
  readonly name: string
  readonly team: string
  /** The team and its ancestors, nearest first. */
  readonly teamPath: readonly string[]
}

/** An identified caller. Traffic modules cannot see what else the gate knows. */
export interface Caller {
  readonly principal: Principal
  readonly subject: Subject
}

/** The owner of an object. A principal that moves to another team loses its objects. */
export interface Owner {
  readonly principal: string
  readonly team: string
}

/**
 * The person takes precedence: an agent's objects for one person must not be available to another person,
 * even if the same workload acts for both.
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
 * For stores and seals. It begins with a bracket and key ids do not, because earlier builds stored the id of
 * the key as owner.
 */
export const ownerText = ({ principal, team }: Owner): string => JSON.stringify([principal, team])
