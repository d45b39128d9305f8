// Requirements for every store of approvals, whichever adapter it uses.

import { describe, expect, test } from 'bun:test'
import type { Approval, Approvals, ApprovalRequest } from '../../src/contract/approvals.ts'

const noon = Date.UTC(2026, 10, 30, 12)
const hour = 3_600_000
const roomy = { perPrincipal: 100, total: 1_000 }

export const asked = (number: number, more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  id: `apr_${String(number).padStart(4, '0')}`,
  binding: `binding of ${number}`,
  principal: 'key:gatehouse:ci',
  actors: ['key:gatehouse:ci'],
  caller: 'key "ci"',
  team: 'research',
  marks: ['egress'],
  kind: 'tool.call',
  resource: { kind: 'tool', name: 'github/create_issue' },
  targets: ['github/create_issue'],
  policies: ['writes'],
  labels: { 'pii/email': 1 },
  bytes: 120,
  exchange: `exchange ${number}`,
  askedAt: noon,
  expiresAt: noon + hour,
  ...more,
})

export function approvalsSuite(name: string, open: () => Promise<Approvals>): void {
  describe(`approvals: ${name}`, () => {
    const approve = (store: Approvals, id: string, at = noon) =>
      store.decide(id, { state: 'approved', by: 'ann', note: 'once', at, expiresAt: at + hour })
    const idOf = (approval: Approval | 'full') => (approval === 'full' ? 'full' : approval.id)
    const stateOf = async (store: Approvals, id: string, at = noon) => (await store.get(id, at))?.state

    test('the same call requests the same approval until it is used', async () => {
      const store = await open()
      const sealed = Uint8Array.of(1, 2, 255)
      expect(await store.ask(asked(1, { sealed }), roomy, noon)).toEqual({
        ...asked(1),
        sealed,
        state: 'pending',
      })
      expect(await store.get('apr_0001', noon)).toEqual({ ...asked(1), sealed, state: 'pending' })
      const again = { ...asked(2), binding: 'binding of 1' }
      expect(idOf(await store.ask(again, roomy, noon))).toBe('apr_0001')
      await approve(store, 'apr_0001')
      expect(idOf(await store.ask(again, roomy, noon))).toBe('apr_0001')
      expect(await store.take('apr_0001', 'x', noon)).toBe(true)
      expect(idOf(await store.ask(again, roomy, noon))).toBe('apr_0002')
    })

    test('only an approved approval can be taken, by one exchange, which may request it twice', async () => {
      const store = await open()
      await store.ask(asked(1), roomy, noon)
      expect(await store.take('apr_0001', 'x', noon)).toBe(false)
      expect(await store.take('apr_none', 'x', noon)).toBe(false)
      await approve(store, 'apr_0001')
      expect(
        await Promise.all(['x', 'y', 'x'].map((exchange) => store.take('apr_0001', exchange, noon))),
      ).toEqual([true, false, true])
      expect(await store.get('apr_0001', noon)).toMatchObject({ state: 'used', usedBy: 'x' })
    })

    test('an approval is returned by the exchange that took it, and by no other', async () => {
      const store = await open()
      await store.ask(asked(1), roomy, noon)
      await approve(store, 'apr_0001')
      await store.take('apr_0001', 'x', noon)
      await store.giveBack('apr_0001', 'y', noon)
      expect(await stateOf(store, 'apr_0001')).toBe('used')
      // the same call arrived again meanwhile and waits
      await store.ask({ ...asked(2), binding: 'binding of 1' }, roomy, noon)
      await store.giveBack('apr_0001', 'x', noon)
      expect([await stateOf(store, 'apr_0001'), await stateOf(store, 'apr_0002')]).toEqual([
        'approved',
        undefined,
      ])
      expect(await store.take('apr_0001', 'y', noon)).toBe(true)
      // or was decided
      await store.ask({ ...asked(3), binding: 'binding of 1' }, roomy, noon)
      await approve(store, 'apr_0003')
      await store.giveBack('apr_0001', 'y', noon)
      expect([await stateOf(store, 'apr_0001'), await stateOf(store, 'apr_0003')]).toEqual([
        'used',
        'approved',
      ])
    })

    test('an approval is decided once; then its sealed data is gone', async () => {
      const store = await open()
      await store.ask(asked(1, { sealed: Uint8Array.of(1) }), roomy, noon)
      const decided = await approve(store, 'apr_0001', noon + 5)
      expect(decided).toEqual({
        approval: {
          ...asked(1),
          state: 'approved',
          decidedAt: noon + 5,
          decidedBy: 'ann',
          note: 'once',
          expiresAt: noon + 5 + hour,
        },
        isDecided: true,
      })
      expect(await store.get('apr_0001', noon + 5)).toEqual(decided?.approval)
      const denied = await store.decide('apr_0001', {
        state: 'denied',
        by: 'ben',
        at: noon + 6,
        expiresAt: noon + hour,
      })
      expect(denied).toMatchObject({ approval: { state: 'approved', decidedBy: 'ann' }, isDecided: false })
      expect(
        await store.decide('apr_none', { state: 'denied', by: 'ben', at: noon, expiresAt: noon }),
      ).toBeUndefined()
    })

    test('the same call gets a denial until the denial expires', async () => {
      const store = await open()
      await store.ask(asked(1), roomy, noon)
      await store.decide('apr_0001', { state: 'denied', by: 'ben', at: noon, expiresAt: noon + hour })
      const again = { ...asked(2), binding: 'binding of 1' }
      expect(await store.ask(again, roomy, noon)).toMatchObject({ id: 'apr_0001', state: 'denied' })
      expect(await store.ask({ ...again, expiresAt: noon + 2 * hour }, roomy, noon + hour)).toMatchObject({
        id: 'apr_0002',
        state: 'pending',
      })
    })

    test('an expired approval cannot be decided, taken or returned, and its sealed data is gone', async () => {
      const store = await open()
      await store.ask(asked(1, { sealed: Uint8Array.of(1) }), roomy, noon)
      expect(await approve(store, 'apr_0001', noon + hour)).toEqual({
        approval: { ...asked(1), state: 'expired' },
        isDecided: false,
      })
      await store.ask(asked(2), roomy, noon)
      await approve(store, 'apr_0002')
      expect(await store.take('apr_0002', 'x', noon + hour)).toBe(false)
      await store.ask(asked(3), roomy, noon)
      await approve(store, 'apr_0003')
      await store.take('apr_0003', 'x', noon)
      await store.giveBack('apr_0003', 'x', noon + hour)
      expect(await stateOf(store, 'apr_0003')).toBe('expired')
      await store.ask(asked(4, { sealed: Uint8Array.of(1), expiresAt: noon + 9 * hour }), roomy, noon)
      await store.expire(noon + 9 * hour)
      expect(await store.get('apr_0004', 0)).toEqual({
        ...asked(4),
        expiresAt: noon + 9 * hour,
        state: 'expired',
      })
    })

    test('approvals are limited per principal and in total; expired ones are replaced', async () => {
      const store = await open()
      const small = { perPrincipal: 2, total: 3 }
      for (const number of [1, 2]) await store.ask(asked(number), small, noon)
      expect(await store.ask(asked(3), small, noon)).toBe('full')
      await store.ask(asked(3, { principal: 'key:gatehouse:other' }), small, noon)
      expect(await store.ask(asked(4, { principal: 'key:gatehouse:third' }), small, noon)).toBe('full')
      await approve(store, 'apr_0001')
      expect(await store.ask(asked(4), small, noon)).toBe('full')
      await store.take('apr_0001', 'x', noon)
      expect(idOf(await store.ask(asked(4), small, noon))).toBe('apr_0004')
      expect(await stateOf(store, 'apr_0001')).toBeUndefined()
    })

    test('approvals are listed page by page, newest first, without their sealed data', async () => {
      const store = await open()
      for (const number of [1, 2, 3, 4])
        await store.ask(
          asked(number, { team: number === 2 ? 'other' : 'research', sealed: Uint8Array.of(1) }),
          roomy,
          noon,
        )
      await approve(store, 'apr_0003')
      const ids = async (query: Partial<Parameters<Approvals['list']>[0]>) => {
        const { approvals, next } = await store.list({ limit: 10, at: noon, ...query })
        expect(approvals.every((approval) => !('sealed' in approval))).toBe(true)
        return [approvals.map(({ id }) => id.slice(-1)).join(''), next]
      }
      expect(await ids({})).toEqual(['4321', undefined])
      expect(await ids({ limit: 2 })).toEqual(['43', 'apr_0003'])
      expect(await ids({ limit: 2, after: 'apr_0003' })).toEqual(['21', undefined])
      expect(await ids({ state: 'pending' })).toEqual(['421', undefined])
      expect(await ids({ team: 'other' })).toEqual(['2', undefined])
      expect(await ids({ state: 'expired', at: noon + 9 * hour })).toEqual(['4321', undefined])
    })
  })
}
