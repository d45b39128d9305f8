// Requirements for every store of kept items, whichever adapter it uses.

import { describe, expect, test } from 'bun:test'
import type { KeptStore, KeptThing } from '../../src/contract/stores.ts'

const roomy = { totalBytes: 1_000_000, bytesPerOwner: 1_000_000 }
const noon = Date.UTC(2026, 10, 23, 12)

export const thing = (
  owner: string,
  id: string,
  more: Partial<KeptThing> & { bytes?: number } = {},
): KeptThing => {
  const { bytes = 10, ...rest } = more
  return {
    owner,
    key: owner,
    id,
    madeAt: noon,
    labels: [],
    body: new Uint8Array(bytes).fill(id.charCodeAt(0)),
    ...rest,
  }
}

export function keptSuite(name: string, open: () => Promise<KeptStore>): void {
  describe(`kept things: ${name}`, () => {
    const ids = async (store: KeptStore, owner: string, among: string) => {
      const found: string[] = []
      for (const id of among) if (await store.get(owner, id, 0)) found.push(id)
      return found.join('')
    }

    test('kept items are returned unchanged to their owner', async () => {
      const store = await open()
      const mine = thing('ann', 'a', {
        labels: ['msg_1', 'rs_1'],
        body: Uint8Array.from({ length: 256 }, (_, byte) => byte),
      })
      await store.put([mine, thing('ben', 'b')], roomy)
      expect(await store.get('ann', 'a', 0)).toEqual(mine)
      expect(await store.get('ben', 'a', 0)).toBeUndefined()
      expect(await store.get('ann', "a' OR 1=1 --", 0)).toBeUndefined()
      expect(await store.stats()).toEqual({ things: 2, bytes: 266 })
      expect(await store.keys()).toEqual(['ann', 'ben'])
    })

    test('the same id of another owner is another kept item; storing it again replaces it', async () => {
      const store = await open()
      await store.put([thing('ann', 'a', { bytes: 10 }), thing('ben', 'a', { bytes: 20 })], roomy)
      await store.put([thing('ann', 'a', { bytes: 30, labels: ['x'] })], roomy)
      expect((await store.get('ann', 'a', 0))?.body.length).toBe(30)
      expect((await store.get('ben', 'a', 0))?.body.length).toBe(20)
      expect(await store.stats()).toEqual({ things: 2, bytes: 50 })
    })

    test('kept items are found by their labels, newest first', async () => {
      const store = await open()
      await store.put(
        [
          thing('ann', 'a', { labels: ['x', 'y'] }),
          thing('ann', 'b', { labels: ['x', 'x'] }),
          thing('ben', 'c', { labels: ['y'] }),
        ],
        roomy,
      )
      expect((await store.find('ann', 'x', 0))?.id).toBe('b')
      expect((await store.find('ann', 'y', 0))?.id).toBe('a')
      expect(await store.find('ben', 'x', 0)).toBeUndefined()
      await store.remove('ann', 'b')
      expect((await store.find('ann', 'x', 0))?.id).toBe('a')
    })

    test('kept items that are too old are not returned, and are then erased', async () => {
      const store = await open()
      await store.put(
        [thing('ann', 'a', { madeAt: noon, labels: ['x'] }), thing('ann', 'b', { madeAt: noon + 10 })],
        roomy,
      )
      expect((await store.get('ann', 'a', noon))?.id).toBe('a')
      expect(await store.get('ann', 'a', noon + 1)).toBeUndefined()
      expect(await store.find('ann', 'x', noon + 1)).toBeUndefined()
      await store.sweep(noon + 1)
      expect(await ids(store, 'ann', 'ab')).toBe('b')
      await store.sweep(Number.MAX_SAFE_INTEGER)
      expect(await store.stats()).toEqual({ things: 0, bytes: 0 })
      expect(await store.keys()).toEqual([])
    })

    test('the key that made kept items of an owner can remove them', async () => {
      const store = await open()
      const { key: _key, ...keyless } = thing('ann', 'c')
      await store.put(
        [
          thing('ann', 'a', { key: 'k1' }),
          thing('ann', 'b', { key: 'k2' }),
          keyless,
          thing('ben', 'a', { key: 'k1' }),
        ],
        roomy,
      )
      expect(await store.keys()).toEqual(['k1', 'k2'])
      expect(await store.get('ann', 'c', 0)).toEqual(keyless)
      await store.forget('k1')
      expect([await ids(store, 'ann', 'abc'), await ids(store, 'ben', 'a')]).toEqual(['bc', ''])
      expect(await store.keys()).toEqual(['k2'])
      await store.forget('ann')
      expect(await ids(store, 'ann', 'abc')).toBe('bc')
    })

    test('kept items are removed one by one and by key', async () => {
      const store = await open()
      await store.put([thing('ann', 'a'), thing('ann', 'b'), thing('ben', 'a')], roomy)
      expect(await store.remove('ben', 'b')).toBe(false)
      expect(await store.remove('ann', 'a')).toBe(true)
      expect(await store.remove('ann', 'a')).toBe(false)
      expect(await ids(store, 'ben', 'ab')).toBe('a')
      await store.forget('ann')
      expect(await store.keys()).toEqual(['ben'])
    })

    test('if an owner exceeds its share, its own oldest kept items are removed, and no other owner’s', async () => {
      const store = await open()
      const bounds = { totalBytes: 1_000, bytesPerOwner: 40 }
      await store.put([thing('ben', 'x')], bounds)
      await store.put(
        [...'abcde'].map((id) => thing('ann', id)),
        bounds,
      )
      expect([await ids(store, 'ann', 'abcde'), await ids(store, 'ben', 'x')]).toEqual(['bcde', 'x'])
    })

    test('the total of kept items is limited: the oldest are removed first, whoever owns them', async () => {
      const store = await open()
      const bounds = { totalBytes: 60, bytesPerOwner: 40 }
      for (const owner of ['ann', 'ben', 'cat'])
        await store.put([thing(owner, 'a'), thing(owner, 'b'), thing(owner, 'c')], bounds)
      expect([
        await ids(store, 'ann', 'abc'),
        await ids(store, 'ben', 'abc'),
        await ids(store, 'cat', 'abc'),
      ]).toEqual(['', 'abc', 'abc'])
      expect((await store.stats()).bytes).toBe(60)
    })

    test('an item larger than a share is not stored, and the item that it would replace is removed', async () => {
      const store = await open()
      const bounds = { totalBytes: 100, bytesPerOwner: 40 }
      await store.put([thing('ann', 'a'), thing('ann', 'b')], bounds)
      await store.put([thing('ann', 'a', { bytes: 41 })], bounds)
      expect(await ids(store, 'ann', 'ab')).toBe('b')
    })
  })
}
