// One YAML file of the configuration: reads it, parses it, and finds the line of a path.

import { readFileSync } from 'node:fs'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, Pair, YAMLMap } from 'yaml'
import type { Locate, Path, Problem } from './problem.ts'

export interface File {
  name: string
  /** Does it have anything to substitute? */
  hasReferences: boolean
  document: Document.Parsed
  lines: LineCounter
}

/** Far more than any real configuration. A larger file is a mistake, such as a data file under `include`. */
const maxBytes = 4 * 1024 * 1024

export function openFile(path: string, name: string, problems: Problem[]): File | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'it cannot be read'
    problems.push({
      severity: 'error',
      path: '',
      file: name,
      message: `the file "${path}" cannot be read (${reason})`,
      fix: 'check its path and permissions',
    })
    return undefined
  }
  if (text.length > maxBytes) {
    problems.push({
      severity: 'error',
      path: '',
      file: name,
      message: `the file is larger than ${maxBytes} bytes`,
      fix: 'check that it is a configuration file; "include" may match other files',
    })
    return undefined
  }
  const lines = new LineCounter()
  // The library compares each key with all previous keys, which is slow. repeatedKeys looks keys up instead.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0])
    const fix = 'check indentation, quotes and brackets near this line'
    problems.push({
      severity: 'error',
      path: '',
      file: name,
      line,
      column: col,
      message: `not YAML: ${error.message}`,
      fix,
    })
  }
  const file = { name, document, lines, hasReferences: text.includes('${') }
  for (const key of repeatedKeys(document.contents)) {
    problems.push({
      severity: 'error',
      path: '',
      ...placeOfNode(file, key),
      message: 'this map has the same key twice',
      fix: 'keep one of the two',
    })
  }
  return file
}

function repeatedKeys(root: unknown): Node[] {
  const found: Node[] = []
  const walk = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) walk(item)
    if (!isMap(node)) return
    const seen = new Set<unknown>()
    for (const { key, value } of node.items) {
      if (isScalar(key)) {
        if (seen.has(key.value)) found.push(key)
        seen.add(key.value)
      }
      walk(value)
    }
  }
  walk(root)
  return found
}

export function toData(file: File, problems: Problem[]): unknown {
  try {
    return file.document.toJS()
  } catch {
    // The library throws when nested aliases multiply.
    problems.push({
      severity: 'error',
      path: '',
      file: file.name,
      message: 'the aliases of this file expand to too many values',
      fix: 'replace the aliases with their values',
    })
    return undefined
  }
}

/** Finds the innermost existing place of a path. A missing value is reported at its parent. */
export function findPlace(file: File, path: Path, at: 'key' | 'value'): ReturnType<Locate> {
  let node: unknown = file.document.contents
  let best: Node | undefined
  for (const [depth, part] of path.entries()) {
    const inner: unknown = isAlias(node) ? node.resolve(file.document) : node
    const isLast = depth === path.length - 1
    if (isMap(inner)) {
      const pair = pairsOf(inner).get(String(part))
      if (!pair) break
      if (isNode(pair.key)) best = pair.key
      if (isNode(pair.value) && !(isLast && at === 'key'))
        best = pair.value.range?.[0] === undefined ? best : pair.value
      node = pair.value
    } else if (isSeq(inner) && typeof part === 'number') {
      node = inner.items[part]
      if (isNode(node)) best = node
      else break
    } else break
  }
  const found = placeOfNode(file, best)
  const indent = textIndent(best)
  return indent === undefined ? found : { ...found, textColumn: found.column + indent }
}

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

/** The pairs by name, because a file with thousands of entries may have thousands of warnings. */
function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  let index = indexes.get(map)
  if (!index) {
    // The first pair with a name counts, as in the library.
    index = new Map(
      map.items
        .flatMap((pair): [string, Pair][] => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : []))
        .toReversed(),
    )
    indexes.set(map, index)
  }
  return index
}

/**
 * The distance from the start of a node to the start of its text: 0, or 1 for the quote. Undefined if escapes or
 * line breaks shift its characters.
 */
function textIndent(node: Node | undefined): number | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined
  const quotes = node.type === 'PLAIN' ? 0 : 2
  const isAsWritten =
    ['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE'].includes(node.type ?? '') &&
    node.range[1] - node.range[0] === node.value.length + quotes
  return isAsWritten ? quotes / 2 : undefined
}

export function placeOfNode(
  file: File,
  node: Node | undefined,
): { file: string; line: number; column: number } {
  const start = node?.range?.[0]
  if (start === undefined) return { file: file.name, line: 1, column: 1 }
  const { line, col } = file.lines.linePos(start)
  return { file: file.name, line, column: col }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'range' in value
