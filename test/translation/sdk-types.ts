// Reads declaration files into JSON shapes: enough TypeScript for the generated types of the official SDKs,
// and no more. Unsupported types (functions, conditional types) are `unknown`, and no test accepts that as a
// decided field.

import { readFileSync } from 'node:fs'
import { type Module, Outline } from './sdk-outline.ts'
import { TypeParser } from './sdk-parser.ts'
import { tokensOf } from './sdk-tokens.ts'

export type Shape =
  | { kind: 'object'; members: ReadonlyMap<string, Member> }
  | { kind: 'list'; of: () => Shape }
  | { kind: 'union'; of: readonly Shape[] }
  | { kind: 'word'; word: string | number | boolean }
  | { kind: 'text' | 'number' | 'boolean' | 'null' | 'map' | 'unknown' }

export interface Member {
  isOptional: boolean
  /** Types may contain themselves, so they are read on demand. */
  shape: () => Shape
}

const modules = new Map<string, Module>()

/** @param file below node_modules. @throws Error when the file does not declare the name */
export function shapeOf(file: string, name: string): Shape {
  const found = lookUp(file, '', name.split('.'))
  if (!found) throw new Error(`${file} declares no ${name}`)
  return found
}

/** The possible objects of a shape, including those of its unions. */
export function objectsOf(shape: Shape): Extract<Shape, { kind: 'object' }>[] {
  if (shape.kind === 'object') return [shape]
  return shape.kind === 'union' ? shape.of.flatMap(objectsOf) : []
}

function lookUp(file: string, scope: string, path: readonly string[]): Shape | undefined {
  const module = moduleOf(file)
  const [head = '', ...rest] = path
  for (let outer = scope; ; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
    const declaration = module.declared.get([outer, ...path].filter(Boolean).join('.'))
    if (declaration)
      return declaration.read(
        new TypeParser(module.tokens, declaration.at, (inner) => lookUp(file, declaration.scope, inner)),
      )
    if (outer === '') break
  }
  const from = module.imported.get(head)
  if (!from) return undefined
  return lookUp(from.file, '', from.name === '*' ? rest : [from.name, ...rest])
}

function moduleOf(file: string): Module {
  const known = modules.get(file)
  if (known) return known
  const tokens = tokensOf(readFileSync(new URL(`../../node_modules/${file}`, import.meta.url), 'utf8'))
  const module: Module = { tokens, declared: new Map(), imported: new Map() }
  modules.set(file, module)
  new Outline(file, module).read()
  return module
}
