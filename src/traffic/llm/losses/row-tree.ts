// The rows of a table as a tree, so that a request is walked along them once.
//
// Paths: `messages[].name` is a member of each element, `input[type=reasoning].summary` one of the elements
// of that type. A list with rows for types holds other types only as what its dialect's codec calls native:
// nobody looks into them.

import type { Json } from '../../../kit/json.ts'
import type { DialectTable, Row } from './dialect.ts'

export interface RowNode {
  /** The path without types, as losses name it. */
  label: string
  row?: Row
  /** Values that say what holds anyway, as JSON. */
  idle: ReadonlySet<string>
  members: Map<string, RowNode>
  element?: RowNode
  /** Elements by their `type`. */
  types?: Map<string, RowNode>
}

const trees = new WeakMap<DialectTable, RowNode>()

export function rowTree(table: DialectTable): RowNode {
  let tree = trees.get(table)
  if (!tree) trees.set(table, (tree = planted(table)))
  return tree
}

function planted({ rows, idle = {} }: DialectTable): RowNode {
  const root = nodeOf('')
  for (const [path, row] of Object.entries(rows)) grow(root, path).row = row
  for (const [path, values] of Object.entries(idle))
    grow(root, path).idle = new Set(values.map((value: Json) => JSON.stringify(value)))
  return root
}

const nodeOf = (label: string): RowNode => ({ label, members: new Map(), idle: new Set() })

function grow(root: RowNode, path: string): RowNode {
  let node = root
  for (const [, name, type, isElement] of path.matchAll(/([^.[\]]+)(?=[.[]|$)|\[type=([^\]]+)\]|(\[\])/g)) {
    if (name !== undefined) node = memberOf(node, name)
    else if (isElement !== undefined) node = node.element ??= nodeOf(`${node.label}[]`)
    else if (type !== undefined) node = typeOf(node, type)
  }
  return node
}

function memberOf(node: RowNode, name: string): RowNode {
  let member = node.members.get(name)
  if (!member) node.members.set(name, (member = nodeOf(node.label === '' ? name : `${node.label}.${name}`)))
  return member
}

function typeOf(list: RowNode, type: string): RowNode {
  list.types ??= new Map()
  let element = list.types.get(type)
  if (!element) list.types.set(type, (element = nodeOf(`${list.label}[]`)))
  return element
}
