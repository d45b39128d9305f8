// Parses types of declaration files into shapes. Unsupported types (functions, conditional types) are
// `unknown`.

import type { Token } from './sdk-tokens.ts'
import { type Member, objectsOf, type Shape } from './sdk-types.ts'

/** Resolves a name in the scope of the type; undefined means that it is unknown. */
type Look = (path: readonly string[]) => Shape | undefined

export class TypeParser {
  private at: number
  private readonly tokens: readonly Token[]
  private readonly look: Look

  constructor(tokens: readonly Token[], at: number, look: Look) {
    this.tokens = tokens
    this.look = look
    this.at = at
  }

  interface(): Shape {
    this.take()
    this.skipParameters()
    const inherited: Shape[] = []
    while (this.peek() !== '{') {
      const word = this.take()
      if (word === 'extends' || word === ',') inherited.push(this.type())
      else if (word === 'implements') this.type()
    }
    const own = this.object()
    const members = new Map(inherited.flatMap(objectsOf).flatMap((shape) => [...shape.members]))
    for (const [name, member] of own) members.set(name, member)
    return { kind: 'object', members }
  }

  alias(): Shape {
    this.take()
    this.skipParameters()
    this.take()
    return this.type()
  }

  enumeration(): Shape {
    this.take()
    this.take()
    const of: Shape[] = []
    while (this.peek() !== '}') {
      const token = this.tokens[this.at]
      this.at += 1
      if (token?.kind === 'string') of.push({ kind: 'word', word: token.text })
    }
    return { kind: 'union', of }
  }

  type(): Shape {
    if (this.peek() === '|') this.take()
    const of = [this.intersection()]
    while (this.peek() === '|') {
      this.take()
      of.push(this.intersection())
    }
    const [only] = of
    return only && of.length === 1
      ? only
      : { kind: 'union', of: of.flatMap((shape) => (shape.kind === 'union' ? shape.of : [shape])) }
  }

  /** `string & {}` keeps a union of literals open. */
  private intersection(): Shape {
    const first = this.postfix()
    const others: Shape[] = []
    while (this.peek() === '&') {
      this.take()
      others.push(this.postfix())
    }
    if (first.kind !== 'object' || others.length === 0) return first
    return {
      kind: 'object',
      members: new Map([first, ...others].flatMap(objectsOf).flatMap(({ members }) => [...members])),
    }
  }

  private postfix(): Shape {
    let shape = this.primary()
    while (this.peek() === '[') {
      this.take()
      if (this.peek() !== ']') this.type()
      this.take()
      const of = shape
      shape = { kind: 'list', of: () => of }
    }
    return shape
  }

  private primary(): Shape {
    const token = this.tokens[this.at]
    if (!token) return { kind: 'unknown' }
    if (token.text === '{' && token.kind === 'sign') {
      const start = this.at
      const members = this.object()
      return isMap(this.tokens, start) ? { kind: 'map' } : { kind: 'object', members }
    }
    this.at += 1
    if (token.kind === 'string') return { kind: 'word', word: token.text }
    if (token.kind === 'number') return { kind: 'word', word: Number(token.text) }
    if (token.text === '(') return this.parenthesis()
    if (token.text === 'readonly' || token.text === 'keyof' || token.text === 'typeof') return this.primary()
    return this.reference(token.text)
  }

  private parenthesis(): Shape {
    const shape = this.type()
    while (this.take() !== ')');
    if (this.peek() !== '=>') return shape
    this.take()
    this.type()
    return { kind: 'unknown' }
  }

  private reference(first: string): Shape {
    const path = [first]
    while (this.peek() === '.') {
      this.take()
      path.push(this.take())
    }
    const start = this.at
    const given = this.peek() === '<' ? this.given() : 0
    const plain = plains[first]
    if (path.length === 1 && plain) return plain
    if (
      path.length === 1 &&
      (first === 'Array' || first === 'ReadonlyArray' || first === 'Iterable') &&
      given > 0
    ) {
      const parser = new TypeParser(this.tokens, start + 1, this.look)
      return { kind: 'list', of: () => parser.again() }
    }
    if (first === 'Record' && given === 2) return { kind: 'map' }
    return this.look(path) ?? { kind: 'unknown' }
  }

  private again(): Shape {
    const { at } = this
    const shape = this.type()
    this.at = at
    return shape
  }

  /** Counts the types between < and >, and moves past them. */
  private given(): number {
    this.take()
    let count = 1
    for (let depth = 1; depth > 0; ) {
      const word = this.take()
      if (word === '<') depth += 1
      if (word === '>') depth -= 1
      if (word === ',' && depth === 1) count += 1
      if (word === '') break
    }
    return count
  }

  private object(): Map<string, Member> {
    const members = new Map<string, Member>()
    this.take()
    while (this.peek() !== '}' && this.peek() !== '') this.member(members)
    this.take()
    return members
  }

  private member(members: Map<string, Member>): void {
    if (this.peek() === 'readonly') this.take()
    const name = this.take()
    const isOptional = this.peek() === '?'
    if (isOptional) this.take()
    if (this.peek() === ':') {
      this.take()
      const parser = new TypeParser(this.tokens, this.at, this.look)
      members.set(name, { isOptional, shape: () => parser.again() })
    }
    this.skipMember()
  }

  /** Moves past the `;` that ends a member, or to the brace that ends the object. */
  private skipMember(): void {
    let depth = 0
    for (;;) {
      const word = this.peek()
      if (word === '' || (depth === 0 && word === '}')) return
      if ('{[(<'.includes(word)) depth += 1
      if ('}])>'.includes(word)) depth -= 1
      this.at += 1
      if (depth === 0 && word === ';') return
    }
  }

  private skipParameters(): void {
    if (this.peek() === '<') this.given()
  }

  private peek(): string {
    const token = this.tokens[this.at]
    return token?.kind === 'string' ? `'${token.text}'` : (token?.text ?? '')
  }

  private take(): string {
    const text = this.tokens[this.at]?.text ?? ''
    this.at += 1
    return text
  }
}

const isMap = (tokens: readonly Token[], start: number) => tokens[start + 1]?.text === '['

const plains: Readonly<Record<string, Shape>> = {
  string: { kind: 'text' },
  number: { kind: 'number' },
  boolean: { kind: 'boolean' },
  true: { kind: 'word', word: true },
  false: { kind: 'word', word: false },
  null: { kind: 'null' },
  undefined: { kind: 'null' },
  unknown: { kind: 'unknown' },
  any: { kind: 'unknown' },
}
