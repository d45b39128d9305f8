// Finds the members of a client's request that have no canonical form. It walks the request along the rows of
// its dialect, so that a decoder cannot forget one.

import { isList, isObject } from '../../../kit/json.ts'
import type { Json, JsonObject } from '../../../kit/json.ts'
import type { DialectTable } from '../fields/table.ts'
import type { LossNotes } from './notes.ts'
import { rowTree } from './row-tree.ts'
import type { RowNode } from './row-tree.ts'

/**
 * Notes or refuses every member that the table does not know or does not carry. A member that is null, or has
 * one of its row's `defaults`, requests nothing. Decoders find values of wrong types.
 * @throws GatewayError `unsupported`
 */
export function dropOwnFields(request: Json, table: DialectTable, notes: LossNotes): void {
  const nameOf = table.spelling ?? ((key: string) => key)

  function visit(value: Json, node: RowNode, path: string): void {
    const { element } = node
    if (isList(value)) value.forEach((each, index) => visitElement(each, node, `${path}[${index}]`))
    else if (isObject(value) && node.members.size > 0) visitMembers(value, node, undefined, path)
    // a single object instead of a list with one object
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
    const { means, label } = typed
    if (means === 'lost' || means === 'refused') notes.dropOwn(label, { fate: means, at })
    else if (!isClosed(typed)) visitMembers(value, typed, element, at)
  }

  function visitMembers(object: JsonObject, node: RowNode, general: RowNode | undefined, path: string): void {
    for (const [key, value] of Object.entries(object)) {
      if (value === null) continue
      const name = nameOf(key)
      const at = path === '' ? name : `${path}.${name}`
      const member = node.members.get(name) ?? general?.members.get(name)
      if (!member) dropUnknown(node, name)
      else if (member.defaults.size === 0 || !member.defaults.has(JSON.stringify(value)))
        decide(value, member, at)
    }
  }

  function decide(value: Json, member: RowNode, at: string): void {
    const { means, label } = member
    if (means === 'lost' || means === 'refused') notes.dropOwn(label, { fate: means, at })
    else if (!isClosed(member)) visit(value, member, at)
  }

  /** The name of an unknown member may be content. */
  function dropUnknown({ label }: RowNode, name: string): void {
    const inside = label === '' ? '' : `${label}.`
    notes.dropOwn(inside + (nameable.test(name) ? name : '*'), { fate: 'lost' })
  }

  visit(request, rowTree(table), '')
}

/** Is the member handled as a whole, without inspecting its own members? */
const isClosed = ({ means }: RowNode) =>
  means === 'verbatim' || means === 'ignored' || means === 'native' || means === 'native-tool'

const nameable = /^[a-z][a-z0-9_]{0,39}$/i
