// A list of words and phrases, whatever their case, found as whole words in any script.

import { fold } from '../fold.ts'
import type { Searcher, Span } from '../search.ts'

/** Cost: a step per character and one per further letter that still fits, however long the list is. */
export function words(label: string, list: readonly string[]): Searcher {
  const root = trieOf(list)
  const begins = new Uint8Array(0x10000)
  for (let code = 0; code < begins.length; code += 1)
    if (root.next.has(lower(String.fromCharCode(code), 0))) begins[code] = 1
  return {
    label,
    stride: 0,
    next(text, position) {
      for (let start = position; start < text.length; start += 1) {
        if (begins[text.charCodeAt(start)] === 0 || !beginsWord(text, start)) continue
        const end = longestAt(root, text, start).end
        if (end !== undefined) return { start, end } satisfies Span
      }
      return undefined
    },
    settled(text) {
      for (let start = Math.max(0, text.length - root.depth); start < text.length; start += 1) {
        if (
          begins[text.charCodeAt(start)] === 1 &&
          beginsWord(text, start) &&
          longestAt(root, text, start).isOpen
        )
          return start
      }
      return text.length
    },
  }
}

interface Node {
  next: Map<string, Node>
  isWord: boolean
}

function trieOf(list: readonly string[]): Node & { depth: number } {
  const root = { next: new Map<string, Node>(), isWord: false, depth: 0 }
  for (const entry of list) {
    const word = fold(entry).text.trim().replace(/\s+/g, ' ')
    root.depth = Math.max(root.depth, word.length + (word.split(' ').length - 1) * (longestBlank - 1))
    let node: Node = root
    for (let i = 0; i < word.length; i += 1) {
      const letter = lower(word, i)
      const next: Node = node.next.get(letter) ?? { next: new Map(), isWord: false }
      node.next.set(letter, next)
      node = next
    }
    node.isWord = word.length > 0
  }
  return root
}

const blank = /\s/
const longestBlank = 16

/** `isOpen`: the text ended while a word still fitted, so what follows decides. */
function longestAt(root: Node, text: string, start: number): { end?: number; isOpen: boolean } {
  let node: Node | undefined = root
  let end: number | undefined
  let at = start
  for (; at < text.length; at += 1) {
    const isBlank = blank.test(text.charAt(at))
    node = node.next.get(isBlank ? ' ' : lower(text, at))
    if (!node) break
    // Between the words of a phrase a line may end, or be indented.
    if (isBlank)
      for (const most = at + longestBlank - 1; at < most && blank.test(text.charAt(at + 1)); ) at += 1
    if (node.isWord && endsWord(text, at + 1)) end = at + 1
  }
  return { ...(end === undefined ? {} : { end }), isOpen: node !== undefined }
}

/** One UTF-16 unit; case pairs that change length (İ) compare as they are. */
function lower(text: string, index: number): string {
  const letter = text.charAt(index)
  const small = letter.toLowerCase()
  return small.length === 1 ? small : letter
}

const wordCharacter = /[\p{L}\p{N}\p{M}_\ud800-\udfff]/u
// scripts that write without spaces have no word edges to ask for
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

const beginsWord = (text: string, start: number): boolean =>
  start === 0 || isEdge(text.charAt(start - 1), text.charAt(start))
const endsWord = (text: string, end: number): boolean =>
  end === text.length || isEdge(text.charAt(end - 1), text.charAt(end))
const isEdge = (left: string, right: string): boolean => {
  // between two ASCII letters, which is where most letters are
  if (isAsciiLetter(left) && isAsciiLetter(right)) return false
  return isUnicodeEdge(left, right)
}
const isAsciiLetter = (character: string): boolean =>
  character >= 'A' && character <= 'z' && (character <= 'Z' || character >= 'a')
const isUnicodeEdge = (left: string, right: string): boolean =>
  !wordCharacter.test(left) || !wordCharacter.test(right) || unspaced.test(left) || unspaced.test(right)
