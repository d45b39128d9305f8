// Every place of an official SDK's types that can hold a text or a number, at every depth, with a way to
// build a value that has it.

import { sampleOf } from './sdk-fields.ts'
import type { Shape } from './sdk-types.ts'

export interface Leaf {
  /** With the types of elements: `messages[].content[type=text].text`. */
  path: string
  kind: 'text' | 'number'
  build(value: unknown): unknown
}

type Build = (value: unknown) => unknown
type ObjectShape = Extract<Shape, { kind: 'object' }>

const deepest = 12

export function leavesOf(root: Shape): Leaf[] {
  const found = new Map<string, Leaf>()
  visit(root, '', (value) => value, [], 0)
  return [...found.values()]

  function add(path: string, kind: Leaf['kind'], build: Build): void {
    if (!found.has(`${kind} ${path}`)) found.set(`${kind} ${path}`, { path, kind, build })
  }

  function visit(shape: Shape, path: string, build: Build, above: readonly string[], depth: number): void {
    if (depth > deepest) return
    switch (shape.kind) {
      case 'union':
        for (const each of shape.of) visit(each, path, build, above, depth)
        return
      case 'list':
        return visit(shape.of(), `${path}[]`, (value) => build([value]), above, depth + 1)
      case 'object':
        return visitObject(shape, path, build, above, depth)
      case 'map':
      case 'unknown':
        add(`${path}.*`, 'text', (value) => build({ made: value }))
        add(`${path}.(key)`, 'text', (value) => build({ [String(value)]: 'x' }))
        return
      case 'text':
      case 'word':
        return add(path, 'text', build)
      case 'number':
        return add(path, 'number', build)
      default:
    }
  }

  function visitObject(
    shape: ObjectShape,
    path: string,
    build: Build,
    above: readonly string[],
    depth: number,
  ): void {
    const signature = [...shape.members.keys()].join()
    // types may contain themselves: two levels are enough
    if (above.filter((each) => each === signature).length > 1) return
    const type = typeOf(shape)
    const at = type === undefined ? path : `${path}<${type}>`
    const sample = sampleOf(shape)
    const rest = typeof sample === 'object' && sample !== null ? sample : {}
    for (const [name, member] of shape.members)
      visit(
        member.shape(),
        at === '' ? name : `${at}.${name}`,
        (value) => build({ ...rest, [name]: value }),
        [...above, signature],
        depth + 1,
      )
    // and a member that no type has
    add(at === '' ? 'x_unlisted' : `${at}.x_unlisted`, 'text', (value) =>
      build({ ...rest, x_unlisted: value }),
    )
  }
}

/** The kind of block, item or event. */
function typeOf({ members }: ObjectShape): string | undefined {
  const shape = members.get('type')?.shape()
  const word = shape?.kind === 'union' ? shape.of[0] : shape
  return word?.kind === 'word' ? String(word.word) : undefined
}
