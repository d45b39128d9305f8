// Kept responses, between the endpoints and the store: available immediately, for their owner only, sealed
// and bounded. They never fail a call.

import { describe, expect, test } from 'bun:test'
import { ownerText } from '../../src/contract/principal.ts'
import type { KeptStore } from '../../src/contract/stores.ts'
import { StoreDown } from '../../src/contract/stores.ts'
import { createSealer } from '../../src/kit/aead.ts'
import { memoryKept } from '../../src/storage/memory/index.ts'
import { as, hour, keptInMemory, secret } from './world.ts'

type World = ReturnType<typeof keptInMemory>

const output = (id: string) => `"output":[{"id":"${id}","type":"message"}]`

function keep({ kept }: World, owner: string, more: { item?: string; bytes?: number } = {}): string {
  const { item = 'msg_1', bytes = 0 } = more
  const name = kept.newName(as(owner))
  const response = Buffer.from(`{"id":"${name.id}",${output(item)},"pad":"${'x'.repeat(bytes)}"}`)
  kept.put({
    ...name,
    input: Buffer.from('"Hi"'),
    response,
    provider: 'p',
    include: ['a'],
    proofs: new Map([['rs_0', 'q']]),
  })
  return name.id
}

/** Waits until everything is written. */
const written = ({ kept }: World) => kept.close()
/** Another process on the same store. */
const restarted = ({ store, clock }: World, more: Parameters<typeof keptInMemory>[0] = {}) => {
  const next = keptInMemory({ store, isUsed: true, ...more })
  next.clock.jump(clock.now() - next.clock.now())
  return next
}
const textOf = async ({ kept }: World, owner: string, id: string) => {
  const found = await kept.get(as(owner), id)
  return found && Buffer.from(found.response).toString()
}

function failing() {
  const inner = memoryKept()
  let isDown = false
  const gate =
    <Takes extends unknown[], Answer>(run: (...takes: Takes) => Promise<Answer>) =>
    (...takes: Takes): Promise<Answer> =>
      isDown ? Promise.reject(new StoreDown('no answer')) : run(...takes)
  const store: KeptStore = {
    put: gate(inner.put),
    get: gate(inner.get),
    find: gate(inner.find),
    remove: gate(inner.remove),
    forget: gate(inner.forget),
    sweep: gate(inner.sweep),
    keys: gate(inner.keys),
    stats: inner.stats,
    close: inner.close,
  }
  return { store, fail: (down: boolean) => void (isDown = down) }
}

describe('a kept response', () => {
  test('a kept response can be referred to in the same turn, before it is written, and only by its owner', async () => {
    const world = keptInMemory()
    const id = keep(world, 'ann')
    expect(await world.store.stats()).toEqual({ things: 0, bytes: 0 })
    expect(await textOf(world, 'ann', id)).toContain(id)
    expect(await world.kept.get(as('ben'), id)).toBeUndefined()
    expect(await world.kept.withItem(as('ann'), 'msg_1')).toMatchObject({ id })
    expect(await world.kept.withItem(as('ben'), 'msg_1')).toBeUndefined()
    expect(await world.kept.withItem(as('ann'), 'msg_2')).toBeUndefined()
  })

  test('a kept response is unchanged after a restart', async () => {
    const world = keptInMemory()
    const id = keep(world, 'ann')
    const before = await world.kept.get(as('ann'), id)
    await written(world)
    const after = restarted(world)
    const { bytes: _bytes, items: _items, ...said } = before as unknown as Record<string, unknown>
    const found = await after.kept.get(as('ann'), id)
    const spelled = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
    expect({ ...found, input: spelled(found?.input), response: spelled(found?.response) } as object).toEqual({
      ...said,
      input: '"Hi"',
      response: spelled(before?.response),
    })
    expect(await after.kept.withItem(as('ann'), 'msg_1')).toMatchObject({ id })
    expect(await after.kept.get(as('ben'), id)).toBeUndefined()
  })

  test('a kept response is sealed: the store has no readable text, and a moved row cannot be opened', async () => {
    const world = keptInMemory()
    const id = keep(world, 'ann')
    await written(world)
    const [inner] = [(await world.kept.get(as('ann'), id))?.inner ?? '']
    const row = await world.store.get(ownerText(as('ann').owner), inner, 0)
    if (!row) throw new Error('nothing was written')
    expect(Buffer.from(row.body).toString('latin1')).not.toMatch(/output|msg_1|Hi|resp_/)
    const roomy = { totalBytes: 1e6, bytesPerOwner: 1e6 }
    await world.store.put(
      [
        { ...row, owner: ownerText(as('ben').owner) },
        { ...row, id: 'of-another-key', key: 'ben' },
        { ...row, id: 'another' },
      ],
      roomy,
    )
    const after = restarted(world)
    const forBen = after.kept.newName(as('ben'))
    expect(await after.kept.withItem(as('ben'), 'msg_1')).toBeUndefined()
    expect(await after.kept.get(as('ben'), forBen.id)).toBeUndefined()
    // the newest with this label is the moved one: it does not open, and it is not an error
    expect(await after.kept.withItem(as('ann'), 'msg_1')).toBeUndefined()
    expect(await after.kept.get(as('ann'), id)).toMatchObject({ id })
  })

  test('a kept response expires at its time and is erased soon after', async () => {
    const world = keptInMemory()
    const id = keep(world, 'ann')
    await world.kept.sweep()
    world.clock.advance(24 * hour)
    expect(await textOf(world, 'ann', id)).toContain(id)
    world.clock.advance(1)
    expect(await world.kept.get(as('ann'), id)).toBeUndefined()
    expect(await world.kept.withItem(as('ann'), 'msg_1')).toBeUndefined()
    expect(await world.kept.remove(as('ann'), id)).toBe(false)
    expect(await restarted(world).kept.get(as('ann'), id)).toBeUndefined()
    world.clock.advance(60_000)
    await world.kept.sweep()
    expect((await world.store.stats()).things).toBe(0)
  })

  test('a kept response expires immediately if a shorter time is set, and nothing is kept once it is switched off', async () => {
    const world = keptInMemory()
    const id = keep(world, 'ann')
    world.clock.advance(hour)
    world.rule.keepMs = hour - 1
    expect(await world.kept.get(as('ann'), id)).toBeUndefined()
    world.rule.keepMs = 0
    const other = keep(world, 'ann')
    expect(await world.kept.get(as('ann'), other)).toBeUndefined()
    await world.kept.sweep()
    expect((await world.store.stats()).things).toBe(0)
  })

  test('a deleted response is gone, also while it is being written', async () => {
    const world = keptInMemory()
    const [soon, later] = [keep(world, 'ann'), keep(world, 'ann')]
    expect(await world.kept.remove(as('ben'), soon)).toBe(false)
    expect(await world.kept.remove(as('ann'), soon)).toBe(true)
    expect(await world.kept.remove(as('ann'), soon)).toBe(false)
    await written(world)
    expect(await world.kept.remove(as('ann'), later)).toBe(true)
    expect((await world.store.stats()).things).toBe(0)
    expect(await restarted(world).kept.get(as('ann'), later)).toBeUndefined()
  })

  test('a response on its way to a slow store is found, and is gone when it is deleted', async () => {
    const inner = memoryKept()
    const held = Promise.withResolvers<void>()
    const store: KeptStore = {
      ...inner,
      put: async (...takes) => {
        await held.promise
        await inner.put(...takes)
      },
    }
    // a response larger than the memory limit exists only in the transaction
    const world = keptInMemory({ store, rule: { bytesPerKey: 64e6, totalBytes: 64e6 } })
    const [deleted, found] = [keep(world, 'ann'), keep(world, 'ann', { bytes: 20e6 })]
    await new Promise((resolve) => setImmediate(resolve))
    const asking = world.kept.get(as('ann'), found)
    const removing = world.kept.remove(as('ann'), deleted)
    held.resolve()
    expect(await asking).toMatchObject({ id: found })
    expect(await removing).toBe(true)
    expect(await restarted(world).kept.get(as('ann'), deleted)).toBeUndefined()
  })

  test('kept responses are deleted with their key, and no call that ends later restores them', async () => {
    const world = keptInMemory()
    const [mine, other] = [keep(world, 'ann'), keep(world, 'ben')]
    await written(world)
    world.gone.add('ann')
    await world.kept.sweep()
    const late = keep(world, 'ann')
    await written(world)
    expect(await world.store.keys()).toEqual(['ben'])
    expect([await world.kept.get(as('ann'), mine), await world.kept.get(as('ann'), late)]).toEqual([
      undefined,
      undefined,
    ])
    expect(await textOf(world, 'ben', other)).toContain(other)
    // a key that was removed while the gateway was down
    const after = restarted(world)
    after.gone.add('ben')
    await after.kept.sweep()
    expect(await world.store.keys()).toEqual([])
  })

  test('a key that reuses a name does not find the old responses, however soon, and also with a slow or failed store', async () => {
    const { store, fail } = failing()
    const world = keptInMemory({ store })
    const id = keep(world, 'ann')
    await written(world)
    void world.kept.forget('ann')
    expect(await world.kept.get(as('ann'), id)).toBeUndefined()
    const another = keep(world, 'ann')
    await written(world)
    fail(true)
    await world.kept.forget('ann')
    const received = await world.kept.get(as('ann'), another).catch((thrown: unknown) => thrown)
    expect(received).toMatchObject({ code: 'state-unavailable' })
    fail(false)
    expect(await world.kept.get(as('ann'), another)).toBeUndefined()
  })

  test('the oldest responses of a key above its limits are dropped early; the current limits apply', async () => {
    const world = keptInMemory({ rule: { bytesPerKey: 4_000, totalBytes: 8_000 } })
    const ids: string[] = []
    for (let turn = 0; turn < 10; turn += 1) {
      ids.push(keep(world, 'ann', { bytes: 1_000 }))
      await written(world)
    }
    const { bytes, things } = await world.store.stats()
    expect([things, bytes <= 4_000]).toEqual([2, true])
    world.rule.bytesPerKey = 8_000
    for (let turn = 0; turn < 10; turn += 1) ids.push(keep(world, turn % 2 ? 'ann' : 'ben', { bytes: 1_000 }))
    await written(world)
    const all = await world.store.stats()
    expect([all.things, all.bytes <= 8_000]).toEqual([5, true])
    const after = restarted(world)
    const found = await Promise.all(
      ids.map((id, index) => after.kept.get(as(index >= 10 && index % 2 === 0 ? 'ben' : 'ann'), id)),
    )
    expect(found.map((kept) => kept !== undefined)).toEqual(ids.map((_, index) => index >= 15))
  })

  test('a response larger than its key’s share is never kept', async () => {
    const world = keptInMemory({ rule: { bytesPerKey: 1_000 } })
    expect(await world.kept.get(as('ann'), keep(world, 'ann', { bytes: 1_000 }))).toBeUndefined()
  })

  test('a response larger than the memory limit is found before and after it is written', async () => {
    const world = keptInMemory({ rule: { bytesPerKey: 64e6, totalBytes: 64e6 } })
    const id = keep(world, 'ann', { bytes: 20e6 })
    expect(await world.kept.get(as('ann'), id)).toMatchObject({ id })
    // it is being written, and the store has not responded yet
    await new Promise((resolve) => setImmediate(resolve))
    expect(await world.kept.get(as('ann'), id)).toMatchObject({ id })
    await written(world)
    expect(await world.kept.get(as('ann'), id)).toMatchObject({ id })
  })
})

describe('the keys of one workload', () => {
  const [first, second] = [as('ci-1', 'workload:gatehouse:ci'), as('ci-2', 'workload:gatehouse:ci')]
  const elsewhere = as('ci-2', 'workload:gatehouse:ci', 'other')

  function keepAs(world: World, asker: ReturnType<typeof as>): string {
    const name = world.kept.newName(asker)
    const response = Buffer.from(`{"id":"${name.id}",${output('msg_1')}}`)
    world.kept.put({
      ...name,
      input: Buffer.from('"Hi"'),
      response,
      provider: 'p',
      include: [],
      proofs: new Map(),
    })
    return name.id
  }

  test('the keys of one workload share kept responses while they are in one team', async () => {
    const world = keptInMemory()
    const id = keepAs(world, first)
    await written(world)
    for (const { kept } of [world, restarted(world)]) {
      expect(await kept.get(second, id)).toMatchObject({ id, key: 'ci-1' })
      expect(await kept.withItem(second, 'msg_1')).toMatchObject({ id })
      expect([await kept.get(elsewhere, id), await kept.withItem(elsewhere, 'msg_1')]).toEqual([
        undefined,
        undefined,
      ])
      expect(await kept.get(as('ci-1'), id)).toBeUndefined()
      expect(await kept.remove(elsewhere, id)).toBe(false)
    }
    expect(await world.kept.remove(second, id)).toBe(true)
  })

  test('a removed workload key takes only its own responses with it', async () => {
    const world = keptInMemory()
    const [gone, stays] = [keepAs(world, first), keepAs(world, second)]
    await written(world)
    world.gone.add('ci-1')
    await world.kept.forget('ci-1')
    expect(await world.kept.get(second, gone)).toBeUndefined()
    expect(await world.kept.get(second, stays)).toMatchObject({ id: stays })
    expect(await world.store.keys()).toEqual(['ci-2'])
  })
})

describe('what an earlier build kept for a key', () => {
  test('a response of an earlier build is found and deleted by its key only, whatever principal it has now', async () => {
    const world = keptInMemory({ isUsed: true })
    const sealed = (purpose: string, plain: string, associated: string) =>
      createSealer([secret], purpose).seal(Buffer.from(plain), associated)
    const at = Buffer.alloc(7)
    at.writeUIntBE(world.clock.now(), 0, 6)
    const id = `resp_${createSealer([secret], 'handle')
      .seal(Buffer.concat([at, Buffer.from('inner')]), '["response","ci"]')
      .toString('base64url')}`
    const written = `{"id":"${id}","provider":"p","include":[],"proofs":[],"input":"Hi","response":{"id":"${id}",${output('msg_1')}}}`
    const body = sealed('kept', written, '["response","ci","inner"]')
    const thing = { owner: 'ci', key: 'ci', id: 'inner', madeAt: world.clock.now(), labels: ['msg_1'], body }
    await world.store.put([thing], { totalBytes: 1e6, bytesPerOwner: 1e6 })
    const now = as('ci', 'workload:gatehouse:builds')
    expect(await world.kept.get(now, id)).toMatchObject({ id, key: 'ci' })
    expect(await world.kept.withItem(now, 'msg_1')).toMatchObject({ id })
    const others = [
      as('ben', 'workload:gatehouse:builds'),
      { owner: now.owner },
      as('ben', 'key:gatehouse:ci'),
    ]
    for (const other of others)
      expect([await world.kept.get(other, id), await world.kept.withItem(other, 'msg_1')]).toEqual([
        undefined,
        undefined,
      ])
    expect(await world.kept.remove(now, id)).toBe(true)
  })
})

describe('a new secret', () => {
  const newer = 'ghh_a-newer-secret-of-tests-0123456789abcd'

  test('a new secret seals new responses; those of the old secret are found while it exists', async () => {
    const world = keptInMemory()
    const id = keep(world, 'ann')
    await written(world)
    expect(await restarted(world, { secrets: [newer, secret] }).kept.get(as('ann'), id)).toMatchObject({ id })
    expect(await restarted(world, { secrets: [newer] }).kept.get(as('ann'), id)).toBeUndefined()
  })
})

describe('a store that is down', () => {
  test('a failed store fails no call: new responses are known for a while, older ones are unavailable, and it recovers', async () => {
    const { store, fail } = failing()
    const world = keptInMemory({ store })
    const old = keep(world, 'ann')
    await written(world)
    const after = restarted(world)
    await after.kept.sweep()
    fail(true)
    const asked = [
      after.kept.get(as('ann'), old),
      after.kept.withItem(as('ann'), 'msg_1'),
      after.kept.remove(as('ann'), old),
    ]
    for (const received of await Promise.allSettled<unknown>(asked))
      expect(received).toMatchObject({ status: 'rejected', reason: { code: 'state-unavailable' } })
    const young = keep(after, 'ann')
    await written(after)
    expect(await after.kept.get(as('ann'), young)).toMatchObject({ id: young })
    expect(after.reports).toContain('responses could not be kept')
    fail(false)
    expect(await after.kept.get(as('ann'), old)).toMatchObject({ id: old })
    expect(await restarted(after).kept.get(as('ann'), young)).toBeUndefined()
  })

  test('a failed store is not queried for an id that is not a handle of this caller', async () => {
    const { store, fail } = failing()
    const world = keptInMemory({ store, isUsed: true })
    await world.kept.sweep()
    fail(true)
    expect(await world.kept.get(as('ann'), 'resp_68a1b2c3')).toBeUndefined()
    expect(await world.kept.get(as('ann'), world.kept.newName(as('ben')).id)).toBeUndefined()
    expect(await world.kept.remove(as('ann'), 'resp_68a1b2c3')).toBe(false)
  })

  test('a slow store uses memory up to a limit, then the oldest responses are dropped', async () => {
    const { store } = failing()
    const held = Promise.withResolvers<void>()
    const world = keptInMemory({
      store: { ...store, put: () => held.promise },
      rule: { bytesPerKey: 1e9, totalBytes: 1e9 },
    })
    const ids = Array.from({ length: 12 }, (_, index) =>
      keep(world, 'ann', { item: `msg_${index}`, bytes: 8e6 }),
    )
    expect(world.reports).toEqual(expect.arrayContaining([expect.stringContaining('dropped')]))
    expect(await world.kept.get(as('ann'), ids.at(-1) ?? '')).toBeDefined()
    held.resolve()
    await written(world)
  })
})
