// Finds a list of words and phrases, ignoring case, as whole words in any script.

import { classOf, isLetter, isMember } from '../characters.ts'
import { fold } from '../fold.ts'
import type { Searcher, Span } from '../search.ts'

/**
 * Cost: a native search for the first letters of the list, then one step per letter that still matches, for
 * any length of the list.
 */
export function createWordSearcher(label: string, list: readonly string[]): Searcher {
  const root = trieOf(list)
  const beginnings = beginningsOf(root)
  return {
    label,
    stride: 0,
    next(text, position) {
      beginnings.lastIndex = position
      while (beginnings.test(text)) {
        const start = beginnings.lastIndex - 1
        if (beginsWord(text, start)) {
          const end = longestAt(root, text, start).end
          if (end !== undefined) return { start, end } satisfies Span
        }
      }
      return undefined
    },
    settled(text) {
      for (let start = Math.max(0, text.length - root.depth); start < text.length; start += 1)
        if (beginsWord(text, start) && longestAt(root, text, start).isOpen) return start
      return text.length
    },
  }
}

/** Finds a first letter of the list at the start of a word, followed by a matching second letter. */
function beginningsOf({ next }: Node): RegExp {
  const pairs = [...next].map(([first, { next: seconds, isWord }]) => {
    const after = isWord ? '' : `(?=[${[...seconds.keys()].map(variantsOf).join('')}])`
    return { isAscii: isLetter(first), pattern: `[${variantsOf(first)}]${after}` }
  })
  const ascii = pairs.filter(({ isAscii }) => isAscii).map(({ pattern }) => pattern)
  const others = pairs.filter(({ isAscii }) => !isAscii).map(({ pattern }) => pattern)
  // no word begins between two ASCII letters
  if (ascii.length > 0) others.push(`(?<![A-Za-z])(?:${ascii.join('|')})`)
  return new RegExp(others.join('|') || '(?!)', 'g')
}

/** All characters that are equal to this letter, as the content of a regular expression class. */
function variantsOf(letter: number): string {
  if (letter === space) return '\\s'
  capitals ??= allCapitals()
  return [letter, ...(capitals.get(letter) ?? [])]
    .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
    .join('')
}

/** By lower-case letter. Created when the first list needs it. */
let capitals: ReadonlyMap<number, readonly number[]> | undefined

function allCapitals(): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>()
  for (let code = 0; code < 0x10000; code += 1) {
    const small = lower(code)
    if (small !== code) found.set(small, [...(found.get(small) ?? []), code])
  }
  return found
}

interface Node {
  /** By the code of the lower-case letter. */
  next: Map<number, Node>
  isWord: boolean
}

function trieOf(list: readonly string[]): Node & { depth: number } {
  const root = { next: new Map<number, Node>(), isWord: false, depth: 0 }
  for (const entry of list) {
    const word = fold(entry).text.trim().replace(/\s+/g, ' ')
    root.depth = Math.max(root.depth, word.length + (word.split(' ').length - 1) * (longestBlank - 1))
    let node: Node = root
    for (let i = 0; i < word.length; i += 1) {
      const letter = lower(word.charCodeAt(i))
      const next: Node = node.next.get(letter) ?? { next: new Map(), isWord: false }
      node.next.set(letter, next)
      node = next
    }
    node.isWord = word.length > 0
  }
  return root
}

const space = 32
const longestBlank = 16

/** `isOpen`: the text ended while a word could still match, so the following text decides. */
function longestAt(root: Node, text: string, start: number): { end?: number; isOpen: boolean } {
  let node: Node | undefined = root
  let end: number | undefined
  let at = start
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const isBlank = isBlankCode(code)
    node = node.next.get(isBlank ? space : lower(code))
    if (!node) break
    // The words of a phrase may be separated by a line end or an indent.
    if (isBlank)
      for (const most = at + longestBlank - 1; at < most && isBlankCode(text.charCodeAt(at + 1)); ) at += 1
    if (node.isWord && endsWord(text, at + 1)) end = at + 1
  }
  return end === undefined ? { isOpen: node !== undefined } : { end, isOpen: node !== undefined }
}

const isBlankCode = (code: number): boolean =>
  code < 128 ? code === space || (code >= 9 && code <= 13) : blank.test(String.fromCharCode(code))
const blank = /\s/

/** Of one UTF-16 unit; case pairs that change length (İ) compare as they are. */
function lower(code: number): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code
  const small = String.fromCharCode(code).toLowerCase()
  return small.length === 1 ? small.charCodeAt(0) : code
}

const beginsWord = (text: string, start: number): boolean => start === 0 || isEdge(text, start)
const endsWord = (text: string, end: number): boolean => end === text.length || isEdge(text, end)

function isEdge(text: string, at: number): boolean {
  const left = text.charCodeAt(at - 1)
  const right = text.charCodeAt(at)
  if (left < 128 && right < 128) return !isMember(asciiWord, left) || !isMember(asciiWord, right)
  return isUnicodeEdge(text.charAt(at - 1), text.charAt(at))
}

const asciiWord = classOf('0-9A-Za-z_')
const wordCharacter = /[\p{L}\p{N}\p{M}_\ud800-\udfff]/u
// scripts without spaces have no word boundaries to check
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const isUnicodeEdge = (left: string, right: string): boolean =>
  !wordCharacter.test(left) || !wordCharacter.test(right) || unspaced.test(left) || unspaced.test(right)
