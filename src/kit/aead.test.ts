import { expect, test } from 'bun:test'
import { createSealer } from './aead.ts'

const secret = 'a-secret-of-tests-that-is-none-0123456789'
const box = createSealer([secret], 'test')
const plain = Buffer.from('What is inside.')

test('a sealed text opens, and each ciphertext is different', () => {
  const once = box.seal(plain, 'ann')
  const twice = box.seal(plain, 'ann')
  expect(once.equals(twice)).toBe(false)
  expect(once.includes(plain)).toBe(false)
  expect([box.open(once, 'ann'), box.open(twice, 'ann')]).toEqual([plain, plain])
  expect(box.open(box.seal(Buffer.alloc(0), ''), '')).toEqual(Buffer.alloc(0))
})

test('a change of any bit, a cut anywhere, another association, purpose or secret opens nothing', () => {
  const sealed = box.seal(plain, 'ann')
  for (let at = 0; at < sealed.length; at += 1) {
    for (const bit of [1, 128]) {
      const forged = Buffer.from(sealed)
      forged.writeUInt8((forged[at] ?? 0) ^ bit, at)
      expect(box.open(forged, 'ann')).toBeUndefined()
    }
    expect(box.open(sealed.subarray(0, at), 'ann')).toBeUndefined()
  }
  expect(box.open(Buffer.concat([sealed, Buffer.of(0)]), 'ann')).toBeUndefined()
  expect(box.open(sealed, 'ben')).toBeUndefined()
  expect(createSealer([secret], 'other').open(sealed, 'ann')).toBeUndefined()
  expect(createSealer([`${secret}x`], 'test').open(sealed, 'ann')).toBeUndefined()
})

test('a new secret seals, and the old ones open', () => {
  const before = box.seal(plain, 'ann')
  const both = createSealer(['another-secret-of-tests-0123456789abcdef', secret], 'test')
  expect(both.open(before, 'ann')).toEqual(plain)
  const after = both.seal(plain, 'ann')
  expect(box.open(after, 'ann')).toBeUndefined()
  expect(both.open(after, 'ann')).toEqual(plain)
  expect(() => createSealer([], 'test')).toThrow(RangeError)
})
