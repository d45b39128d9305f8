// The table of a dialect's fields as a tree, so that a document is walked once. Paths are those of
// `FieldTable.rows`, with `*` for members that the author names: `metadata.*`. Types of elements make no
// difference here: a field is read the same way in all of them.

import { free, number, schema, text, word } from './form.ts'
import type { Form } from './form.ts'

export type FormTable = Readonly<Record<string, Form>>

/** The known fields of a request. */
export interface FieldTable {
  /**
   * Top-level members of the request by name, and deeper ones by path with `[]` for elements
   * (`messages[].name`) or `[type=…]` for some of them. Guards read every value without a form, and every
   * value that does not match its form. A `verbatim` member holds JSON of any shape.
   */
  readonly rows: Readonly<Record<string, { readonly means?: unknown; readonly form?: Form }>>
  /**
   * Top-level members that hold the conversation. An unlisted member is media inside of them, and a tool
   * outside of them.
   */
  readonly contents?: readonly string[]
  /** Members that hold a whole request. */
  readonly requests?: readonly string[]
  /** The one name of a member that may be spelled in several ways. */
  readonly spelling?: (key: string) => string
}

export interface FieldNode {
  form: Form
  /** By name. Guards read members that are not listed here. */
  members: Map<string, FieldNode>
  /** Members whose names the author chooses. */
  any?: FieldNode
  element?: FieldNode
  /** The type of the elements, if this is one of a typed list. */
  types?: ReadonlyMap<string, unknown>
  /** Its contents are not listed, because the author designs them or because the field is unknown. */
  isOpen: boolean
  /** It is unlisted in a place where all other members are listed. */
  isUnlisted: boolean
  /** Outside of a conversation, neither it nor its contents describe media or tools. */
  isSilent: boolean
}

const nodeOf = (form: Form): FieldNode => ({
  form,
  members: new Map(),
  isOpen: false,
  isUnlisted: false,
  isSilent: false,
})

function openNode(isUnlisted: boolean): FieldNode {
  const node: FieldNode = { ...nodeOf(text), isOpen: true, isUnlisted }
  node.any = node.element = isUnlisted ? openNode(false) : node
  return node
}

/** Arguments, results and other data of the author's own design. */
export const freeNode = openNode(false)
/** A member that its dialect's table does not list. */
export const unlistedNode = openNode(true)

/**
 * The keywords of JSON Schema and of Google's schemas. https://json-schema.org/draft/2020-12,
 * https://spec.openapis.org/oas/v3.0.3#data-types
 */
const schemaNode = nodeOf(schema)
growSchema()

function growSchema(): void {
  const types =
    'string number integer boolean object array null STRING NUMBER INTEGER BOOLEAN OBJECT ARRAY NULL TYPE_UNSPECIFIED'
  const formats =
    'date-time date time duration email hostname ipv4 ipv6 uuid uri uri-reference regex enum int32 int64 float double byte binary password json-pointer'
  const add = (names: string, node: FieldNode) =>
    names.split(' ').forEach((each) => schemaNode.members.set(each, node))
  const type = nodeOf(word(types))
  type.element = nodeOf(word(types))
  add('type', type)
  add('format', nodeOf(word(formats)))
  add('title description pattern $ref $id $schema $comment $anchor ref', nodeOf(text))
  add(
    'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength minItems maxItems minProperties maxProperties',
    nodeOf(number),
  )
  add('additionalItems uniqueItems nullable readOnly writeOnly deprecated strict', nodeOf(text))
  const list = nodeOf(text)
  list.element = schemaNode
  add('anyOf oneOf allOf any_of one_of all_of prefixItems', list)
  add(
    'items additionalProperties not if then else contains propertyNames unevaluatedProperties unevaluatedItems',
    schemaNode,
  )
  const named = nodeOf(text)
  named.any = schemaNode
  add('properties patternProperties $defs definitions defs dependentSchemas', named)
  const texts = nodeOf(text)
  texts.element = nodeOf(text)
  add('enum required propertyOrdering property_ordering', texts)
  const open = nodeOf(text)
  open.element = open.any = freeNode
  add('examples default example const', open)
  schemaNode.element = schemaNode
}

/** How to walk a request of a dialect. */
export interface RequestFields {
  root: FieldNode
  /** Top-level members that hold the conversation. */
  contents: ReadonlySet<string>
  spelling: FieldTable['spelling']
}

const ofRequests = new WeakMap<FieldTable, RequestFields>()

/** The fields of a request: all rows of the table with their forms. */
export function requestFields(table: FieldTable): RequestFields {
  let fields = ofRequests.get(table)
  if (!fields) {
    const root = nodeOf(text)
    const rows = Object.entries(table.rows)
    for (const [path, { means }] of rows) grow(root, path, means === 'verbatim' ? free : undefined)
    // afterwards, because a form may describe the contents of a member that is copied unchanged
    for (const [path, { form }] of rows) if (form) grow(root, path, form)
    // a whole request inside of another one (Google's countTokens)
    for (const name of table.requests ?? []) root.members.set(name, root)
    markSilent(root, new Set())
    fields = { root, contents: new Set(table.contents), spelling: table.spelling }
    ofRequests.set(table, fields)
  }
  return fields
}

/** @param seen nodes already visited: some contain themselves */
function markSilent(node: FieldNode, seen: Set<FieldNode>): boolean {
  if (seen.has(node)) return !tells(node.form)
  seen.add(node)
  const below = [...node.members.values(), ...[node.any, node.element].filter((each) => each !== undefined)]
  // all nodes are marked, whatever the result of the first
  const areSilent = below.map((each) => markSilent(each, seen)).every(Boolean)
  node.isSilent = areSilent && !tells(node.form) && !node.isUnlisted
  return node.isSilent
}

/** Does a value of this form describe media or tools? */
export const tells = ({ kind, isMediaType }: Form): boolean =>
  kind === 'media' || kind === 'stored' || kind === 'block' || kind === 'tool' || isMediaType === true

const trees = new WeakMap<FormTable, FieldNode>()

/** The fields of a response. */
export function responseTree(table: FormTable): FieldNode {
  let tree = trees.get(table)
  if (!tree) {
    tree = nodeOf(text)
    for (const [path, form] of Object.entries(table)) grow(tree, path, form)
    trees.set(table, tree)
  }
  return tree
}

function grow(root: FieldNode, path: string, form: Form | undefined): void {
  const steps = [...path.matchAll(/([^.[\]]+)(?=[.[]|$)|\[(?:type=[^\]]*)?\]/g)].map(([, step]) => step)
  let node = root
  steps.forEach((step, index) => {
    const isLast = index === steps.length - 1
    if (isLast && form && (form.kind === 'schema' || form.kind === 'free'))
      attach(node, step, form.kind === 'schema' ? schemaNode : freeNode)
    else node = childOf(node, step)
  })
  if (form && form.kind !== 'schema' && form.kind !== 'free') {
    node.form = form
    if (form.types && steps.at(-1) === 'type') parentOf(root, steps).types = form.types
  }
}

function attach(node: FieldNode, step: string | undefined, child: FieldNode): void {
  if (step === undefined) node.element = child
  else if (step === '*') node.any = child
  else node.members.set(step, child)
}

function childOf(node: FieldNode, step: string | undefined): FieldNode {
  const known = step === undefined ? node.element : step === '*' ? node.any : node.members.get(step)
  // shared nodes must not change
  const child = known && known !== freeNode && known !== schemaNode ? known : nodeOf(text)
  if (child !== known) attach(node, step, child)
  return child
}

const parentOf = (root: FieldNode, steps: readonly (string | undefined)[]): FieldNode =>
  steps.slice(0, -1).reduce(childOf, root)
