// Members of the client's request that a translation leaves out because they have no canonical form: found by
// walking the request along the rows of its dialect, so that no decoder can forget one.

import { isList, isObject } from '../../../kit/json.ts'
import type { Json, JsonObject } from '../../../kit/json.ts'
import type { DialectTable } from './dialect.ts'
import type { LossNotes } from './notes.ts'
import { rowTree } from './row-tree.ts'
import type { RowNode } from './row-tree.ts'

/**
 * Notes or refuses every member that the table does not know or does not carry. Members that are null say
 * nothing, like those that say what holds anyway (`idle`). Wrong types are the decoders' to find.
 * @throws GatewayError `unsupported`
 */
export function dropOwnFields(request: Json, table: DialectTable, notes: LossNotes): void {
  const nameOf = table.spelling ?? ((key: string) => key)

  function visit(value: Json, node: RowNode, path: string): void {
    const { element } = node
    if (isList(value)) value.forEach((each, index) => visitElement(each, node, `${path}[${index}]`))
    else if (isObject(value) && node.members.size > 0) visitMembers(value, node, undefined, path)
    // an object alone for a list of one
    else if (isObject(value) && (element || node.types)) visitElement(value, node, path)
  }

  function visitElement(value: Json, { element, types }: RowNode, path: string): void {
    if (isList(value)) return
    if (!isObject(value)) return
    const type = value['type']
    if (!types || typeof type !== 'string') return element && visitMembers(value, element, undefined, path)
    const typed = types.get(type)
    if (typed) decideElement(value, typed, element, path)
  }

  function decideElement(value: JsonObject, typed: RowNode, element: RowNode | undefined, at: string): void {
    const { row, label } = typed
    if (row === 'lost' || row === 'refused') notes.dropOwn(label, { fate: row, at })
    else if (!isWhole(typed)) visitMembers(value, typed, element, at)
  }

  function visitMembers(object: JsonObject, node: RowNode, general: RowNode | undefined, path: string): void {
    for (const [key, value] of Object.entries(object)) {
      if (value === null) continue
      const name = nameOf(key)
      const at = path === '' ? name : `${path}.${name}`
      const member = node.members.get(name) ?? general?.members.get(name)
      if (!member) dropUnknown(node, name)
      else if (member.idle.size === 0 || !member.idle.has(JSON.stringify(value))) decide(value, member, at)
    }
  }

  function decide(value: Json, member: RowNode, at: string): void {
    const { row, label } = member
    if (row === 'lost' || row === 'refused') notes.dropOwn(label, { fate: row, at })
    else if (!isWhole(member)) visit(value, member, at)
  }

  /** A key that nobody knows may be content. */
  function dropUnknown({ label }: RowNode, name: string): void {
    const inside = label === '' ? '' : `${label}.`
    notes.dropOwn(inside + (nameable.test(name) ? name : '*'), { fate: 'lost' })
  }

  visit(request, rowTree(table), '')
}

/** Nobody looks into what is carried as it stands, says nothing, or is bound to its vendor. */
const isWhole = ({ row }: RowNode) =>
  row === 'whole' || row === 'moot' || row === 'native' || row === 'native-tool'

const nameable = /^[a-z][a-z0-9_]{0,39}$/i
