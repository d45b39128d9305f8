import { expect, test } from 'bun:test'
import { type Folded, fold } from './fold.ts'

/** Folded for sure: the mark makes the text unusual. */
function foldWalking(text: string): Folded {
  const { text: folded, map } = fold(`${text} \u0301`)
  return { text: folded.slice(0, -2), ...(map && { map }) }
}

test('a text of ordinary characters, which skips the full pass, folds like with the full pass', () => {
  const different: string[] = []
  for (let code = 0; code < 0x20000; code += 1) {
    if (code >= 0xd800 && code < 0xe000) continue
    const text = `a${String.fromCodePoint(code)}`
    if (fold(text).text !== foldWalking(text).text) different.push(code.toString(16))
  }
  expect(different).toEqual([])
})

test('positions are of the original, whatever else is in the text', () => {
  const text = 'a\u200b１é\u0301🎉…z'
  const { text: folded, map } = fold(text)
  expect(folded).toBe('a1é\u0301🎉...z')
  expect(Array.from(map?.starts ?? [])).toEqual([0, 2, 3, 4, 5, 6, 7, 7, 7, 8])
  expect(Array.from(map?.ends ?? [])).toEqual([1, 3, 4, 5, 6, 7, 8, 8, 8, 9])
})
