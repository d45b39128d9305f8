// Which members of a request hold settings, worked out once for the rows of each dialect.

import type { Json } from '../../../kit/json.ts'
import { settings } from '../canonical/settings.ts'
import type { Setting, SettingDefinition } from '../canonical/settings.ts'
import { placeOf } from './place.ts'
import type { Place } from './place.ts'
import { readerOf } from './reading.ts'
import type { SettingReading } from './reading.ts'
import { fieldsIn } from './row.ts'
import type { FieldRow, FieldRows } from './row.ts'

export interface SettingsPlan {
  /** Members that hold a setting, and objects with such members. */
  reads: readonly ReadNode[]
  /** All members of a request that are not in a list, in the order of the rows. */
  writes: readonly WriteNode[]
  /** The paths in `writes`. */
  writable: ReadonlySet<string>
}

export type ReadNode =
  | {
      kind: 'setting'
      name: string
      path: string
      place: Place
      read: (reading: SettingReading) => unknown
      merge: SettingDefinition['merge']
    }
  | { kind: 'object'; name: string; path: string; members: ReadNode[] }

export interface WriteNode {
  path: string
  /** The objects around the member, from the outside. */
  parents: readonly { name: string; path: string }[]
  name: string
  nameAt: FieldRow['nameAt']
  /** Absent means that only the encoder knows the value. */
  setting:
    | { field: Setting; place: Place; write: ((value: Json) => Json | undefined) | undefined }
    | undefined
}

const plans = new WeakMap<FieldRows, SettingsPlan>()

export function planOf(rows: FieldRows): SettingsPlan {
  let plan = plans.get(rows)
  if (!plan) plans.set(rows, (plan = createPlan(rows)))
  return plan
}

function createPlan(rows: FieldRows): SettingsPlan {
  const reads: ReadNode[] = []
  const writes: WriteNode[] = []
  for (const [path, row] of Object.entries(rows)) {
    // settings are members of objects, never elements of lists
    if (/[[*]/.test(path) || !isWritable(row)) continue
    const field = settingOf(row)
    const { name, parents } = stepsOf(path)
    if (field !== undefined) addRead(reads, { parents, name, path }, field, row)
    const { write, nameAt } = row
    const setting =
      field === undefined || write === false
        ? undefined
        : { field, place: placeOf(settings[field].at), write }
    writes.push({ path, parents, name, nameAt, setting })
  }
  return { reads, writes, writable: new Set(writes.map(({ path }) => path)) }
}

function stepsOf(path: string): Pick<WriteNode, 'name' | 'parents'> {
  const names = path.split('.')
  const name = names.pop() ?? path
  return {
    name,
    parents: names.map((each, index) => ({ name: each, path: names.slice(0, index + 1).join('.') })),
  }
}

const isWritable = ({ means }: FieldRow): boolean =>
  means !== undefined && means !== 'lost' && means !== 'refused'

function settingOf({ means }: FieldRow): Setting | undefined {
  const [field, ...others] = fieldsIn(means)
  return field !== undefined && others.length === 0 && isSetting(field) ? field : undefined
}

const isSetting = (field: string): field is Setting => Object.hasOwn(settings, field)

function addRead(
  reads: ReadNode[],
  { parents, name, path }: Pick<WriteNode, 'parents' | 'name' | 'path'>,
  field: Setting,
  row: FieldRow,
): void {
  const definition: SettingDefinition = settings[field]
  const { read = readerOf(definition.type) } = row
  if (read === false) return
  let siblings = reads
  for (const parent of parents) siblings = membersOf(siblings, parent.name, parent.path)
  siblings.push({
    kind: 'setting',
    name,
    path,
    place: placeOf(settings[field].at),
    read,
    merge: definition.merge,
  })
}

function membersOf(siblings: ReadNode[], name: string, path: string): ReadNode[] {
  const known = siblings.find((node) => node.kind === 'object' && node.name === name)
  if (known?.kind === 'object') return known.members
  const members: ReadNode[] = []
  siblings.push({ kind: 'object', name, path, members })
  return members
}
