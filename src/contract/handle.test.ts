import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { sealer } from '../kit/aead.ts'
import { handles, longestHandle } from './handle.ts'

const secret = 'a-secret-of-tests-that-is-none-0123456789'
const at = Date.UTC(2026, 10, 23, 12)
const made = handles(sealer([secret], 'handle'), { now: () => at })

describe('a handle', () => {
  test('is opened for its owner, with what it says', () => {
    const text = made.seal('response', 'ann', { inner: 'abc', target: 'openai/gpt-5' })
    expect(made.open('response', 'ann', text)).toEqual({ inner: 'abc', target: 'openai/gpt-5', madeAt: at })
    expect(made.open('response', 'ann', made.seal('response', 'ann', { inner: 'abc' }))).toEqual({ inner: 'abc', madeAt: at })
  })

  test('goes where vendors’ ids go, whatever is in it, and says nothing', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 40 })
    fc.assert(
      fc.property(name, name, name, (owner, inner, target) => {
        const text = made.seal('response', owner, { inner, target })
        expect(text).toMatch(/^resp_[A-Za-z0-9_-]+$/)
        expect(text.length).toBeLessThanOrEqual(longestHandle)
        expect(made.open('response', owner, text)).toMatchObject({ inner: inner.toWellFormed(), madeAt: at })
      }),
    )
    expect(made.seal('response', 'ann', { inner: '01a21dd0-46e5-757f-8053-8ea3b293da75' }).length).toBeLessThan(128)
  })

  test('is nobody else’s; forged, cut, or spelled in another way it is none', () => {
    const text = made.seal('response', 'ann', { inner: 'abc' })
    const others = ['ben', 'an', 'annn', '', 'ann\n', '["response","ann"]']
    expect(others.map((owner) => made.open('response', owner, text))).toEqual(others.map(() => undefined))
    for (let cut = 0; cut < text.length; cut += 1) expect(made.open('response', 'ann', text.slice(0, cut))).toBeUndefined()
    for (let place = 5; place < text.length; place += 1) {
      const forged = text.slice(0, place) + (text[place] === 'A' ? 'B' : 'A') + text.slice(place + 1)
      expect(made.open('response', 'ann', forged)).toBeUndefined()
    }
    for (const spelled of [
      `${text}=`,
      `${text} `,
      `${text}\n`,
      `${text}!`,
      text.replace('resp_', 'file_'),
      text.replace('resp_', ''),
      'x'.repeat(10_000),
    ])
      expect(made.open('response', 'ann', spelled)).toBeUndefined()
  })

  test('too long is not made', () => {
    expect(() => made.seal('response', 'ann', { inner: 'x'.repeat(400) })).toThrow(RangeError)
    expect(() => made.seal('response', 'ann', { inner: 'x', target: 'x'.repeat(256) })).toThrow(RangeError)
  })
})
