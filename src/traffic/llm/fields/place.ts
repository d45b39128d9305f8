// The place of a setting in the canonical request.

import type { Json } from '../../../kit/json.ts'

export interface Place {
  /** `sampling` of `sampling.topP`. Absent means that the setting is a member of the request itself. */
  group: string | undefined
  member: string
}

export function placeOf(at: string): Place {
  const [first = at, second] = at.split('.')
  return second === undefined ? { group: undefined, member: first } : { group: first, member: second }
}

/** Settings are JSON in the canonical form, too. */
export function valueAt(request: object, { group, member }: Place): Json | undefined {
  if (group === undefined) return Reflect.get(request, member)
  const inner: unknown = Reflect.get(request, group)
  return typeof inner === 'object' && inner !== null ? Reflect.get(inner, member) : undefined
}

export function setValueAt(request: object, { group, member }: Place, value: unknown): void {
  if (group === undefined) return void Reflect.set(request, member, value)
  const inner: unknown = Reflect.get(request, group)
  if (typeof inner === 'object' && inner !== null) Reflect.set(inner, member, value)
  else Reflect.set(request, group, { [member]: value })
}
