// Requirements for every store of keys, whichever adapter it uses.

import { describe, expect, test } from 'bun:test'
import type { KeyEntry } from '../../src/contract/directory.ts'
import type { KeyStore } from '../../src/contract/stores.ts'

const key = (id: string, more: Partial<KeyEntry> = {}): KeyEntry => ({
  id,
  team: 'research',
  secrets: [{ sha256: 'ab'.repeat(32) }],
  createdAt: Date.UTC(2026, 10, 23),
  tags: {},
  owner: 'admin',
  ...more,
})

export function keysSuite(name: string, open: () => Promise<KeyStore>): void {
  describe(`keys: ${name}`, () => {
    test('keys are returned as stored, with all members, in the order of their ids', async () => {
      const store = await open()
      const full = key('b', {
        workload: 'nightly',
        secrets: [{ sha256: 'cd'.repeat(32), until: Date.UTC(2027, 0, 1) }],
        expiresAt: Date.UTC(2028, 0, 1),
        revokedAt: Date.UTC(2026, 11, 1),
        grant: { allow: { models: ['*'] }, deny: { tools: ['github/*'] } },
        tags: { cost: 'ü; DROP TABLE key' },
        limits: { requests: { amount: 5, perMs: 60_000 } },
        budgets: [
          {
            id: 'key/b/month/usd',
            unit: 'usd',
            amount: '9223372036854775807',
            per: 'month',
            zone: 'Asia/Kathmandu',
            isHard: true,
            capsOutput: true,
          },
        ],
      })
      await store.put(full)
      await store.put(key('c'))
      await store.put(key('a'))
      expect(await store.all()).toEqual([key('a'), full, key('c')])
    })

    test('a key with the same id is replaced as a whole', async () => {
      const store = await open()
      await store.put(key('a', { workload: 'nightly' }))
      await store.put(key('a', { team: 'other' }))
      expect(await store.all()).toEqual([key('a', { team: 'other' })])
    })

    test('the store has its own copy of a key: later changes by the caller have no effect', async () => {
      const store = await open()
      const tags: Record<string, string> = { cost: 'one' }
      await store.put(key('a', { tags }))
      tags['cost'] = 'two'
      expect((await store.all())[0]?.tags).toEqual({ cost: 'one' })
    })

    test('a removed key is gone; removing a missing key succeeds', async () => {
      const store = await open()
      await store.put(key('a'))
      await store.put(key("b' OR 1=1 --"))
      await store.remove('a')
      await store.remove('a')
      expect((await store.all()).map(({ id }) => id)).toEqual(["b' OR 1=1 --"])
    })
  })
}
