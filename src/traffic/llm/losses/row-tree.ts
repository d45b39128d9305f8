// The rows of a table as a tree, so that a request is walked along them once. A list with rows for types has
// other types only as what its dialect's codec calls native: their members are not looked up.

import type { DialectTable } from '../fields/table.ts'
import type { FieldRows, Meaning } from '../fields/row.ts'

export interface RowNode {
  /** The path without types, as losses name it. */
  label: string
  means?: Meaning
  /** `FieldRow.defaults`, as JSON. */
  defaults: ReadonlySet<string>
  members: Map<string, RowNode>
  element?: RowNode
  /** Elements by their `type`. */
  types?: Map<string, RowNode>
}

const trees = new WeakMap<FieldRows, RowNode>()

export function rowTree({ rows }: DialectTable): RowNode {
  let tree = trees.get(rows)
  if (!tree) trees.set(rows, (tree = createTree(rows)))
  return tree
}

function createTree(rows: FieldRows): RowNode {
  const root = createNode('')
  for (const [path, { means, defaults = [] }] of Object.entries(rows)) {
    if (means === undefined) continue
    const node = nodeAt(root, path)
    node.means = means
    node.defaults = new Set(defaults.map((value) => JSON.stringify(value)))
  }
  return root
}

const createNode = (label: string): RowNode => ({ label, members: new Map(), defaults: new Set() })

function nodeAt(root: RowNode, path: string): RowNode {
  let node = root
  for (const [, name, type, isElement] of path.matchAll(/([^.[\]]+)(?=[.[]|$)|\[type=([^\]]+)\]|(\[\])/g)) {
    if (name !== undefined) node = memberOf(node, name)
    else if (isElement !== undefined) node = node.element ??= createNode(`${node.label}[]`)
    else if (type !== undefined) node = typeOf(node, type)
  }
  return node
}

function memberOf(node: RowNode, name: string): RowNode {
  let member = node.members.get(name)
  if (!member)
    node.members.set(name, (member = createNode(node.label === '' ? name : `${node.label}.${name}`)))
  return member
}

function typeOf(list: RowNode, type: string): RowNode {
  list.types ??= new Map()
  let element = list.types.get(type)
  if (!element) list.types.set(type, (element = createNode(`${list.label}[]`)))
  return element
}
