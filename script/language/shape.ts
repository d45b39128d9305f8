// Measures the shape of TypeScript files: long lines, long functions, small files, circles of imports.

import { dirname, join, normalize } from 'node:path'
import { type Token, tokensOf } from './tokens.ts'

const longestLine = 110
const longestFunction = 80

export interface LongFunction {
  line: number
  name: string
  lines: number
}

/** Numbers of the lines that could be broken but are too long. */
export function longLines(content: string): number[] {
  return content.split('\n').flatMap((line, index) => {
    const isOneString = /^\s*(?:\S+\s+){0,3}(?:\/.*\/[a-z]*|(['"`]).*\1)[,)\]}\s]*$/.test(line)
    const isUnbreakable = line
      .trim()
      .split(/\s+/)
      .some((word) => word.length > 60)
    return line.length > longestLine && !isOneString && !isUnbreakable ? [index + 1] : []
  })
}

/** Functions and methods with too many lines. The callbacks of `describe` only group tests. */
export function longFunctions(content: string): LongFunction[] {
  const tokens = tokensOf(content).filter(({ kind }) => kind !== 'comment')
  const ends = pairs(tokens)
  const starts = new Map([...ends].map(([start, end]) => [end, start]))
  const found: LongFunction[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'punctuation') continue
    const body =
      token.text === '=>'
        ? index + 1
        : token.text === ')'
          ? bodyAfter(tokens, { ends, starts }, index)
          : undefined
    if (body === undefined) continue
    const end = ends.get(body)
    const last = end === undefined ? undefined : tokens[end]
    const head = token.text === '=>' ? index : (starts.get(index) ?? index)
    const first = tokens[head]
    if (!first || !last || last.line - first.line < longestFunction) continue
    const name = nameOf(tokens, starts, index)
    if (name !== 'describe') found.push({ line: first.line, name, lines: last.line - first.line + 1 })
  }
  return found
}

const closers: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' }

/** Where each bracket closes. */
function pairs(tokens: readonly Token[]): Map<number, number> {
  const ends = new Map<number, number>()
  const open: { at: number; closer: string }[] = []
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'punctuation') continue
    const closer = closers[text]
    if (closer !== undefined) open.push({ at: index, closer })
    else if (text === open.at(-1)?.closer) ends.set(open.pop()?.at ?? index, index)
  }
  return ends
}

const notFunctions = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])

interface Brackets {
  ends: ReadonlyMap<number, number>
  starts: ReadonlyMap<number, number>
}

/** The brace of the body of the function whose parameters end at `index`. */
function bodyAfter(tokens: readonly Token[], { ends, starts }: Brackets, index: number): number | undefined {
  const start = starts.get(index)
  const name = start === undefined ? undefined : tokens[start - 1]
  if (!name || name.kind !== 'identifier' || notFunctions.has(name.text)) return undefined
  let at = index + 1
  if (tokens[at]?.text === ':') {
    // The type of the result ends at a brace that follows neither `:`, `|`, `&`, `<` nor `,`.
    for (at++; at < tokens.length; at++) {
      const text = tokens[at]?.text ?? ''
      const end = ends.get(at)
      const isType = text !== '{' || /^[:|&<,]$|^=>$/.test(tokens[at - 1]?.text ?? '')
      if (!isType) break
      if (end !== undefined) at = end
      else if (/^[;=)}]$/.test(text)) return undefined
    }
  }
  return tokens[at]?.text === '{' ? at : undefined
}

function nameOf(tokens: readonly Token[], starts: Brackets['starts'], index: number): string {
  let at = tokens[index]?.text === ')' ? index : index - 1
  // Over the parameters, the type of the result and the brackets of a call, back to the nearest name.
  for (let steps = 0; at > 0 && steps < 60; steps++, at--) {
    const token = tokens[at]
    const start = starts.get(at)
    if (start !== undefined) at = start
    else if (token?.kind === 'identifier' && tokens[at + 1]?.text !== '=>') {
      if (!['async', 'function', 'const', 'return', 'void', 'Promise'].includes(token.text)) return token.text
    }
  }
  return 'a function'
}

/** Groups of files that import each other, types included. */
export function circles(files: ReadonlyMap<string, string>): string[][] {
  const graph = new Map<string, string[]>()
  for (const [file, content] of files) {
    const imports = [...content.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)]
    graph.set(
      file,
      imports.map((match) => normalize(join(dirname(file), match[1] ?? ''))).filter((to) => files.has(to)),
    )
  }
  const reaches = new Map([...graph.keys()].map((file) => [file, reachable(graph, file)]))
  const groups: string[][] = []
  const seen = new Set<string>()
  for (const [file, reached] of reaches) {
    if (seen.has(file) || !reached.has(file)) continue
    const group = [...reached].filter((other) => reaches.get(other)?.has(file))
    for (const member of group) seen.add(member)
    groups.push(group.sort())
  }
  return groups
}

function reachable(graph: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const reached = new Set<string>()
  const queue = [...(graph.get(from) ?? [])]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    queue.push(...(graph.get(next) ?? []))
  }
  return reached
}
