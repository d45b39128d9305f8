import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSealer } from '../kit/aead.ts'
import { createHandles, longestHandle } from './handle.ts'
import { type Owner, ownerText } from './principal.ts'

const secret = 'a-secret-of-tests-that-is-none-0123456789'
const at = Date.UTC(2026, 10, 23, 12)
const made = createHandles(createSealer([secret], 'handle'), { now: () => at })

const ann: Owner = { principal: 'person:gatehouse:ann', team: 'research' }
const asAnn = { owner: ann }

describe('a handle', () => {
  test('is opened for its owner, with what it says', () => {
    const text = made.seal('response', ann, { inner: 'abc', target: 'openai/gpt-5' })
    expect(made.open('response', asAnn, text)).toEqual({
      owner: ownerText(ann),
      inner: 'abc',
      target: 'openai/gpt-5',
      madeAt: at,
    })
    expect(made.open('response', asAnn, made.seal('response', ann, { inner: 'abc' }))).toEqual({
      owner: ownerText(ann),
      inner: 'abc',
      madeAt: at,
    })
  })

  test('goes where vendors’ ids go, whatever is in it, and says nothing', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 40 })
    fc.assert(
      fc.property(name, name, name, name, (principal, team, inner, target) => {
        const owner = { principal, team }
        const text = made.seal('response', owner, { inner, target })
        expect(text).toMatch(/^resp_[A-Za-z0-9_-]+$/)
        expect(text.length).toBeLessThanOrEqual(longestHandle)
        expect(made.open('response', { owner }, text)).toMatchObject({
          inner: inner.toWellFormed(),
          madeAt: at,
        })
      }),
    )
    expect(made.seal('response', ann, { inner: '01a21dd0-46e5-757f-8053-8ea3b293da75' }).length).toBeLessThan(
      128,
    )
  })

  test('opens for its owner only, and not if it is forged, cut, or spelled in another way', () => {
    const text = made.seal('response', ann, { inner: 'abc' })
    const others = ['ben', 'an', 'annn', '', 'ann\n', '["response","ann"]']
    const callers = [
      ...others.map((name) => ({ owner: { ...ann, principal: `person:gatehouse:${name}` }, key: name })),
      ...others.map((team) => ({ owner: { ...ann, team }, key: 'ann' })),
      { owner: { principal: ann.team, team: ann.principal } },
      { owner: { principal: '', team: '' }, key: ownerText(ann) },
    ]
    expect(callers.map((caller) => made.open('response', caller, text))).toEqual(callers.map(() => undefined))
    for (let cut = 0; cut < text.length; cut += 1)
      expect(made.open('response', asAnn, text.slice(0, cut))).toBeUndefined()
    for (let place = 5; place < text.length; place += 1) {
      const forged = text.slice(0, place) + (text[place] === 'A' ? 'B' : 'A') + text.slice(place + 1)
      expect(made.open('response', asAnn, forged)).toBeUndefined()
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
      expect(made.open('response', asAnn, spelled)).toBeUndefined()
  })

  test('of an earlier build opens for the key that it was made for, whatever principal the key is now, and for no other key', () => {
    const [head, inner, target] = [Buffer.alloc(7), Buffer.from('abc'), Buffer.from('openai/gpt-5')]
    head.writeUIntBE(at, 0, 6)
    head.writeUInt8(target.length, 6)
    const sealed = createSealer([secret], 'handle').seal(
      Buffer.concat([head, target, inner]),
      '["response","ci"]',
    )
    const text = `resp_${sealed.toString('base64url')}`
    const opened = { owner: 'ci', inner: 'abc', target: 'openai/gpt-5', madeAt: at }
    expect(made.open('response', { owner: ann, key: 'ci' }, text)).toEqual(opened)
    expect(
      made.open(
        'response',
        { owner: { principal: 'workload:gatehouse:ci', team: 'other' }, key: 'ci' },
        text,
      ),
    ).toEqual(opened)
    for (const caller of [
      { owner: ann },
      { owner: ann, key: 'c' },
      { owner: { principal: 'key:gatehouse:ci', team: 'ci' }, key: 'ben' },
    ])
      expect(made.open('response', caller, text)).toBeUndefined()
  })

  test('contains the key that made its object', () => {
    const text = made.seal('response', ann, { inner: 'abc', target: 'openai/gpt-5', key: 'ci' })
    expect(made.open('response', asAnn, text)).toMatchObject({
      inner: 'abc',
      target: 'openai/gpt-5',
      key: 'ci',
    })
  })

  test('too long is not made', () => {
    expect(() => made.seal('response', ann, { inner: 'x'.repeat(400) })).toThrow(RangeError)
    expect(() => made.seal('response', ann, { inner: 'x', target: 'x'.repeat(256) })).toThrow(RangeError)
  })
})
