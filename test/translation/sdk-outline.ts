// Finds declarations and imports in a declaration file; the parser reads their content later.

import type { TypeParser } from './sdk-parser.ts'
import type { Shape } from './sdk-types.ts'
import type { Token } from './sdk-tokens.ts'

export interface Declaration {
  file: string
  /** The enclosing names and its own, joined with dots: the scope for other names. */
  scope: string
  read: (parser: TypeParser) => Shape
  /** The position of its name. */
  at: number
}

export interface Module {
  tokens: readonly Token[]
  declared: Map<string, Declaration>
  /** Local name → file and the name there; `*` for the module as a whole. */
  imported: Map<string, { file: string; name: string }>
}

export class Outline {
  private at = 0
  private readonly file: string
  private readonly module: Module

  constructor(file: string, module: Module) {
    this.file = file
    this.module = module
  }

  read(scope = ''): void {
    for (let word = this.next(); word !== '' && word !== '}'; word = this.next()) {
      if (word === 'import') this.import()
      else if (word === 'namespace') {
        const name = this.next()
        this.next()
        this.read(scope === '' ? name : `${scope}.${name}`)
      } else if (word === 'interface' || word === 'class') this.declare(scope, (parser) => parser.interface())
      else if (word === 'type') this.declare(scope, (parser) => parser.alias())
      else if (word === 'enum') this.declare(scope, (parser) => parser.enumeration())
      else if (word !== 'export' && word !== 'declare' && word !== 'abstract') this.skipStatement(word)
    }
  }

  private declare(scope: string, read: Declaration['read']): void {
    const at = this.at
    const name = this.next()
    const isBraced = !this.isAlias()
    this.module.declared.set(scope === '' ? name : `${scope}.${name}`, {
      file: this.file,
      scope: scope === '' ? name : `${scope}.${name}`,
      read,
      at,
    })
    this.skipTo(isBraced ? '}' : ';')
  }

  private isAlias(): boolean {
    let depth = 0
    for (let at = this.at; ; at += 1) {
      const text = this.module.tokens[at]?.text ?? '{'
      if (text === '<') depth += 1
      if (text === '>') depth -= 1
      if (depth === 0 && text === '=') return true
      if (depth === 0 && text === '{') return false
    }
  }

  private import(): void {
    const names: [string, string][] = []
    for (let word = this.next(); word !== 'from' && word !== ';'; word = this.next()) {
      if (word === 'type' || word === '{' || word === '}' || word === ',') continue
      if (word === '*') {
        this.next()
        names.push([this.next(), '*'])
      } else if (this.peek() === 'as') {
        this.next()
        names.push([this.next(), word])
      } else names.push([word, word])
    }
    const from = this.next()
    if (!from.startsWith('.')) return
    const file = new URL(from.replace(/\.(m?)js$/, '.d.$1ts'), `file:///${this.file}`).pathname.slice(1)
    for (const [local, name] of names) this.module.imported.set(local, { file, name })
  }

  private skipStatement(first: string): void {
    // a list of exports may have no semicolon
    if (first === '{') this.skipTo('}', 1)
    else if (first !== ';') this.skipTo(';')
  }

  /** The position after the next token of that kind outside of brackets. */
  private skipTo(end: '}' | ';', outer = 0): void {
    let depth = outer
    for (let word = this.next(); word !== ''; word = this.next()) {
      if (word === '{') depth += 1
      if (word === '}') depth -= 1
      if (depth === 0 && word === end) return
    }
  }

  private peek = () => this.module.tokens[this.at]?.text ?? ''

  private next(): string {
    const text = this.peek()
    this.at += 1
    return text
  }
}
