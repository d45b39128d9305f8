// The fields of a request in an official SDK's types, along the rows of a dialect's table: every member of
// every object that the rows do not take as a whole, with a way to build a request that has it.

import type { DialectTable, Meaning } from '../../src/traffic/llm/fields/index.ts'
import type { RowNode } from '../../src/traffic/llm/losses/index.ts'
import { rowTree } from '../../src/traffic/llm/losses/index.ts'
import { objectsOf, type Shape } from './sdk-types.ts'

export interface Field {
  /**
   * The path as in rows, with the types of elements if the table knows them: `input[type=reasoning].summary`.
   */
  path: string
  /** The name in losses. */
  label: string
  means: Meaning | undefined
  /** Values equal to the default, as JSON. */
  defaults: ReadonlySet<string>
  shape: Shape
  isOptional: boolean
  /** The request with this value; undefined removes the field. */
  build(value: unknown): unknown
}

const none: ReadonlySet<string> = new Set()

type Build = (value: unknown) => unknown

/** For a message, part or tool: its `type` names its kind. */
const typeOf = (shape: Extract<Shape, { kind: 'object' }>): string | undefined => {
  const type = shape.members.get('type')?.shape()
  const word = type?.kind === 'union' ? type.of[0] : type
  return word?.kind === 'word' ? String(word.word) : undefined
}

export function fieldsOf(request: Shape, table: DialectTable): Field[] {
  const found = new Map<string, Field>()
  for (const object of objectsOf(request)) visitObject(object, [rowTree(table)], '', (value) => value)

  function visitObject(
    shape: Extract<Shape, { kind: 'object' }>,
    nodes: readonly RowNode[],
    path: string,
    build: Build,
  ): void {
    for (const [name, member] of shape.members) {
      const node = nodes.map(({ members }) => members.get(name)).find((known) => known !== undefined)
      const at = path === '' ? name : `${path}.${name}`
      const label = node?.label ?? at.replaceAll(/\[type=[^\]]*\]/g, '[]')
      const built: Build = (value) =>
        build({ ...minimal(shape, name), ...(value === undefined ? {} : { [name]: value }) })
      // types share members: the same place with the same parents is one field
      const key = `${at} ${JSON.stringify(built(undefined))} ${JSON.stringify(brief(member.shape()))}`
      if (found.has(key)) continue
      found.set(key, {
        path: at,
        label,
        means: node?.means,
        defaults: node?.defaults ?? none,
        shape: member.shape(),
        isOptional: member.isOptional,
        build: built,
      })
      if (node && isOpen(node)) visit(member.shape(), node, at, built)
    }
  }

  function visit(shape: Shape, node: RowNode, path: string, build: Build): void {
    for (const one of shape.kind === 'union' ? shape.of : [shape]) {
      if (one.kind === 'object' && node.members.size > 0) visitObject(one, [node], path, build)
      else if (one.kind === 'object' && (node.element || node.types)) visitElement(one, node, path, build)
      else if (one.kind === 'object')
        found.set(path, {
          path: `${path}.*`,
          label: path,
          means: undefined,
          defaults: none,
          shape: one,
          isOptional: true,
          build,
        })
      else if (one.kind === 'list')
        for (const each of objectsOf(one.of()))
          visitElement(each, node, path, (value) => build(value === undefined ? [] : [value]))
    }
  }

  function visitElement(
    shape: Extract<Shape, { kind: 'object' }>,
    node: RowNode,
    path: string,
    build: Build,
  ): void {
    const type = node.types && typeOf(shape)
    const typed = type === undefined ? undefined : node.types?.get(type)
    const at = `${path}[${type === undefined ? '' : `type=${type}`}]`
    if (type !== undefined && !typed)
      found.set(at, { path: at, label: at, means: undefined, defaults: none, shape, isOptional: true, build })
    else if (typed?.means !== undefined && !isOpen(typed))
      found.set(at, {
        path: at,
        label: `${path}[]`,
        means: typed.means,
        defaults: typed.defaults,
        shape,
        isOptional: true,
        build,
      })
    else visitObject(shape, [...(typed ? [typed] : []), ...(node.element ? [node.element] : [])], at, build)
  }

  return [...found.values()]
}

/** Whether the members of the value have rows of their own. */
function isOpen({ means }: RowNode): boolean {
  return !['lost', 'refused', 'verbatim', 'ignored', 'native', 'native-tool'].some(
    (closed) => closed === means,
  )
}

/** Only the required members, and one more. */
function minimal(
  { members }: Extract<Shape, { kind: 'object' }>,
  without?: string,
  text?: string,
): Record<string, unknown> {
  const needed = [...members].filter(([name, { isOptional }]) => !isOptional && name !== without)
  return Object.fromEntries(needed.map(([name, { shape }]) => [name, sampleOf(shape(), text)]))
}

/** The simplest value of the shape. */
export function sampleOf(shape: Shape, text = 'sample'): unknown {
  switch (shape.kind) {
    case 'object':
      return minimal(shape, undefined, text)
    case 'list':
      return [sampleOf(shape.of(), text)]
    case 'map':
      return { sample: text }
    case 'union':
      return sampleOf(shape.of.find((one) => one.kind !== 'null' && !isUntold(one)) ?? { kind: 'null' }, text)
    case 'word':
      return shape.word
    case 'number':
      return 2
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return text
  }
}

/** Each value that a test should try: one for each alternative. */
export function samplesOf(shape: Shape): unknown[] {
  // in an open union (names of models and voices) free text represents all the names
  const isOpenUnion = shape.kind === 'union' && shape.of.some(({ kind }) => kind === 'text')
  if (shape.kind === 'union')
    return shape.of
      .filter(({ kind }) => kind !== 'null' && !(isOpenUnion && kind === 'word'))
      .flatMap(samplesOf)
  if (isUntold(shape)) return []
  return [sampleOf(shape, 'tested')]
}

/** A value that means "not set". */
const isUntold = (shape: Shape) => shape.kind === 'word' && /unspecified$/i.test(String(shape.word))

function brief(shape: Shape): unknown {
  return shape.kind === 'union'
    ? shape.of.map(({ kind }) => kind).toSorted()
    : shape.kind === 'word'
      ? shape.word
      : shape.kind
}
