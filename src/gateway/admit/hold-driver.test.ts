import { expect, test } from 'bun:test'
import { declare } from '../../../test/money/declare.ts'
import type { Charge, ExchangeRecord } from '../../contract/record.ts'
import { type Ledger, StoreDown } from '../../contract/stores.ts'
import { type FakeClock, createFakeClock } from '../../kit/fake-clock.ts'
import { memoryLedger } from '../../storage/memory/index.ts'
import { settleLot, tryReserve } from './hold.ts'
import { type Book, type BookSettings, createHoldBook, type Lot, type Outcome, slotOf } from './hold-book.ts'
import { HoldDriver } from './hold-driver.ts'
import { wait } from './hold-queue.ts'

const hour = 3_600_000
const turns = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve()
}

const recordOf = (id: string, charges: readonly Charge[]): ExchangeRecord => ({
  id,
  at: 0,
  kind: 'model.generate',
  resource: { kind: 'model', name: 'fast' },
  dialect: 'openai-chat',
  isStream: false,
  outcome: 'ok',
  status: 200,
  attempts: [],
  charges,
  requestBytes: 0,
  replyBytes: 0,
  times: { gateMs: 0, totalMs: 0 },
})

/** Advances time in small steps, so that responses arrive in between. */
async function pass(clock: FakeClock, ms: number, stepMs = 10) {
  for (let done = 0; done < ms; done += stepMs) {
    clock.advance(stepMs)
    await turns()
  }
}

async function store(cap: bigint, per: 'hour' | 'total' | 'run' = 'total') {
  const clock = createFakeClock()
  let id = 0
  const ledger = memoryLedger({ clock, newId: () => `h${++id}`, newNonce: () => `n${++id}` })
  await declare(ledger, [{ id: 'b', cap, per, zone: 'UTC', isHard: true }])
  return { clock, ledger }
}

async function node(
  ledger: Ledger,
  clock: FakeClock,
  settings: Partial<BookSettings> = {},
  sweepFailed?: (error: unknown) => void,
) {
  let identity = await ledger.register({ bootId: 'b', proven: [] })
  const book = createHoldBook(identity, clock.monotonic(), settings)
  const asked: string[] = []
  const watched: Ledger = {
    ...ledger,
    acquire(request) {
      asked.push(request.needs.map(({ window, need }) => `${window} ${need}`).join())
      return ledger.acquire(request)
    },
  }
  const driver = new HoldDriver(book, {
    ledger: watched,
    clock,
    async register() {
      identity = await ledger.register({
        holder: identity.holder,
        nonce: identity.nonce,
        bootId: 'b',
        proven: [],
      })
      return identity
    },
    ages: () => ({ idleMs: 24 * hour, keepMs: 90 * 24 * hour }),
    sweepFailed,
    faulted(error) {
      throw error
    },
  })
  const take = (amount: number, budget = 'b') => call(book, clock, () => driver.flush(), amount, budget)
  return { book, driver, asked, take, registration: () => identity }
}

/** The lot, or the reason why there is none. */
async function call(
  book: Book,
  clock: FakeClock,
  flush: () => void,
  amount: number,
  budget: string,
): Promise<Lot | Outcome['kind']> {
  const now = clock.monotonic()
  const lot: Lot = { slots: [slotOf(book, budget, 0n, now)], amounts: [amount], holds: [] }
  if (tryReserve(book, lot, now)) return lot
  return new Promise((resolve) => {
    const answer = (outcome: Outcome) => resolve(outcome.kind === 'reserved' ? lot : outcome.kind)
    const direct = wait(book, lot, now, answer)
    flush()
    if (direct) answer(direct)
  })
}

test('money that another node holds and does not need is recalled in time for the call that lacks it', async () => {
  const { clock, ledger } = await store(1_000n)
  const [one, two] = [await node(ledger, clock), await node(ledger, clock)]
  expect(typeof (await one.take(40))).toBe('object')
  const since = clock.monotonic()
  let answered: unknown
  void two.take(960).then((answer) => (answered = answer))
  await pass(clock, 300)
  expect(typeof answered).toBe('object')
  expect(clock.monotonic() - since).toBeLessThanOrEqual(300)
  // what the first has reserved was not taken from it
  expect(one.book.slots.get('b')?.current?.reserved).toBe(40)
  expect((await ledger.budgets()).budgets[0]?.committed).toBe(1_000n)
})

test('a call waits for recalled money for at most 300 ms, then the budget counts as exhausted for a second', async () => {
  const { clock, ledger } = await store(100n)
  const silent = await ledger.register({ bootId: 'c', proven: [] })
  await ledger.acquire({
    holder: silent.holder,
    epoch: 1,
    seq: 1,
    needs: [{ budget: 'b', window: 'current', need: 60n, want: 0n }],
  })
  const one = await node(ledger, clock)
  let answered: unknown
  void one.take(50).then((answer) => (answered = answer))
  await pass(clock, 250)
  expect(answered).toBeUndefined()
  await pass(clock, 60)
  expect(answered).toBe('exhausted')
})

test('the store is asked again for an exhausted budget after a second, or sooner for less money', async () => {
  const { clock, ledger } = await store(100n)
  const one = await node(ledger, clock)
  expect(await one.take(101)).toBe('exhausted')
  const asked = one.asked.length
  expect(await one.take(101)).toBe('exhausted')
  expect(one.asked.length).toBe(asked)
  expect(typeof (await one.take(100))).toBe('object')
  clock.advance(1_001)
  await turns()
  expect(await one.take(101)).toBe('exhausted')
  expect(one.asked.length).toBeGreaterThan(asked + 1)
})

test('the next window is acquired a minute early, so that no call waits when it begins', async () => {
  const { clock, ledger } = await store(1_000n, 'hour')
  const one = await node(ledger, clock)
  const used = async () => {
    const lot = await one.take(10)
    if (typeof lot === 'object') settleLot(lot, [10], clock.monotonic())
    return lot
  }
  await used()
  await pass(clock, hour - 50_000, 5_000)
  await used()
  await pass(clock, 40_000, 1_000)
  expect(one.asked.some((needs) => needs.startsWith('next'))).toBe(true)
  await pass(clock, 11_000, 1_000)
  const before = one.asked.length
  const lot = await one.take(10)
  expect(typeof lot === 'object' && lot.holds[0]?.window).toBe('2026-11-23T13:00:00.000Z')
  expect(one.asked.length).toBe(before)
  // the rest of the ended hour is free again
  const ended = (await ledger.budgets()).budgets.find(({ window }) => window?.startsWith('2026-11-23T12'))
  expect(ended?.committed).toBe(20n)
})

test('a fenced node registers again, and its old money is neither spent nor returned', async () => {
  const { clock, ledger } = await store(1_000n)
  const one = await node(ledger, clock)
  const [lot, running] = [await one.take(100), await one.take(50)]
  if (typeof lot !== 'object' || typeof running !== 'object') throw new Error('no money')
  const { holder } = one.registration()
  await ledger.expire(-1)
  await ledger.decide({ action: 'write-off', holder, silentMs: 0, by: 'test' })
  await pass(clock, 7_000, 500)
  expect(one.registration().epoch).toBe(2)
  expect(typeof (await one.take(100))).toBe('object')
  settleLot(lot, [40], clock.monotonic())
  const [fenced] = running.holds
  expect([fenced?.epoch, fenced?.reserved]).toEqual([1, 50])
  expect(fenced?.free).toBeGreaterThanOrEqual(60)
  await one.driver.stop()
  // the ledger would also refuse its return: this is the first of two checks
  expect(fenced?.returned).toBe(0n)
  const [state] = (await ledger.budgets()).budgets
  expect(state?.spent).toBe(state?.committed === undefined ? -1n : state.committed - 100n)
})

test('the bucket of an ended run is removed, and restored correctly when the run continues', async () => {
  const { clock, ledger } = await store(100n, 'run')
  const one = await node(ledger, clock)
  const lot = await one.take(60, 'b#r')
  if (typeof lot === 'object') settleLot(lot, [60], clock.monotonic())
  const { holder, epoch } = one.registration()
  const charges = [{ bucket: 'b#r', window: 'r', amount: '60', epoch }]
  await ledger.settle({
    holder,
    from: { segment: 0, offset: 0 },
    to: { segment: 1, offset: 1 },
    records: [recordOf('x', charges)],
  })
  await pass(clock, 620_000, 1_000)
  expect(one.book.slots.size).toBe(0)
  expect(await one.take(41, 'b#r')).toBe('exhausted')
  expect(typeof (await one.take(40, 'b#r'))).toBe('object')
})

test('a lowered budget takes back unreserved money', async () => {
  const { clock, ledger } = await store(1_000n)
  const one = await node(ledger, clock)
  expect(typeof (await one.take(20))).toBe('object')
  await declare(ledger, [{ id: 'b', cap: 10n, per: 'total', zone: 'UTC', isHard: true }])
  await turns()
  const [state] = (await ledger.budgets()).budgets
  expect(state?.committed).toBe(20n)
  expect(await one.take(1)).toBe('exhausted')
})

test('calls that wait for money are served in order of arrival', async () => {
  const { clock, ledger } = await store(100n)
  const other = await node(ledger, clock)
  const lot = await other.take(100)
  const one = await node(ledger, clock)
  const order: string[] = []
  const first = one.take(60).then((answer) => order.push(`first ${typeof answer}`))
  const second = one.take(10).then((answer) => order.push(`second ${typeof answer}`))
  await pass(clock, 60)
  expect(order).toEqual([])
  if (typeof lot === 'object') settleLot(lot, [0], clock.monotonic())
  await pass(clock, 200)
  await Promise.all([first, second])
  expect(order).toEqual(['first object', 'second object'])
})

test('few requests to the store cover many concurrent calls', async () => {
  const { clock, ledger } = await store(1_000_000n)
  const one = await node(ledger, clock)
  const lots = await Promise.all(Array.from({ length: 500 }, () => one.take(10)))
  expect(lots.every((lot) => typeof lot === 'object')).toBe(true)
  expect(one.asked.length).toBeLessThan(5)
})

test('a call that waits for one budget does not delay calls of another budget', async () => {
  const { clock, ledger } = await store(100n, 'run')
  const other = await node(ledger, clock)
  await other.take(100, 'b#one')
  const one = await node(ledger, clock)
  let refused: unknown
  void one.take(60, 'b#one').then((answer) => (refused = answer))
  await pass(clock, 20)
  expect(typeof (await one.take(60, 'b#two'))).toBe('object')
  expect(refused).toBeUndefined()
  await pass(clock, 300)
  expect(refused).toBe('exhausted')
})

test('a response from before the removal of a hold does not restore its money', async () => {
  const { clock, ledger } = await store(100n, 'run')
  let late: (() => void) | undefined
  const slow: Ledger = {
    ...ledger,
    async acquire(request) {
      const reply = await ledger.acquire(request)
      if (!late) await new Promise<void>((resolve) => (late = resolve))
      return reply
    },
  }
  const one = await node(slow, clock)
  const first = one.take(60, 'b#r')
  await pass(clock, 1_500)
  expect(await first).toBe('unknown')
  // the renewal reports the grant; it is unused, so it is returned and removed
  await pass(clock, 660_000, 1_000)
  expect(one.book.slots.size).toBe(0)
  expect((await ledger.budgets()).budgets[0]?.committed).toBe(0n)
  late?.()
  await turns()
  for (const slot of one.book.slots.values()) for (const hold of slot.holds) expect(hold.free).toBe(0)
})

test('a busy store is not down: while it responds to other requests, its result decides between exhausted and unknown', async () => {
  const { clock, ledger } = await store(100n)
  for (const isAnswering of [true, false]) {
    const busy: Ledger = {
      ...ledger,
      isAnswering: () => isAnswering,
      async acquire(request) {
        const reply = await ledger.acquire(request)
        await new Promise<void>((resolve) => void clock.after(700, resolve))
        return reply
      },
    }
    const one = await node(busy, clock)
    const outcomes: unknown[] = []
    for (let caller = 0; caller < 50; caller += 1)
      void one.take(101).then((outcome) => outcomes.push(outcome))
    await pass(clock, 2_000)
    expect(outcomes).toEqual(Array(50).fill(isAnswering ? 'exhausted' : 'unknown'))
  }
})

test('a call stops waiting for a busy store after two seconds', async () => {
  const { clock, ledger } = await store(100n)
  const one = await node({ ...ledger, isAnswering: () => true, acquire: () => new Promise(() => {}) }, clock)
  let outcome: unknown
  void one.take(1).then((answer) => (outcome = answer))
  await pass(clock, 1_900)
  expect(outcome).toBeUndefined()
  await pass(clock, 300)
  expect(outcome).toBe('unknown')
})

test('a renewal from before the last grant does not remove that grant', async () => {
  const { clock, ledger } = await store(100n)
  let answer: (() => void) | undefined
  let isHeld = false
  const slow: Ledger = {
    ...ledger,
    async renew(...takes) {
      const reply = await ledger.renew(...takes)
      if (isHeld) await new Promise<void>((resolve) => (answer = resolve))
      return reply
    },
  }
  const one = await node(slow, clock)
  await pass(clock, 3_000)
  isHeld = true
  await pass(clock, 5_000)
  expect(answer).toBeDefined()
  // granted and settled after the renewal request; the drain has not reported it to the store
  const lot = await one.take(60)
  if (typeof lot !== 'object') throw new Error('no money')
  settleLot(lot, [60], clock.monotonic())
  if (lot.holds[0]) lot.holds[0].free = 0
  await pass(clock, 10)
  lot.holds[0]!.quietSince = clock.monotonic()
  isHeld = false
  answer?.()
  await turns()
  expect(one.book.slots.get('b')?.holds.length).toBe(1)
  expect(await one.take(100)).toBe('exhausted')
})

test('holders that are silent for 30 s become doubtful', async () => {
  const { clock, ledger } = await store(100n)
  const silent = await ledger.register({ bootId: 'c', proven: [] })
  await ledger.acquire({
    holder: silent.holder,
    epoch: 1,
    seq: 1,
    needs: [{ budget: 'b', window: 'current', need: 60n, want: 0n }],
  })
  await node(ledger, clock)
  await pass(clock, 45_000, 1_000)
  expect((await ledger.budgets()).budgets).toMatchObject([{ inDoubt: 60n }])
})

test('a node that has not reached the store for 23 hours starts no calls, although it holds money', async () => {
  const { clock, ledger } = await store(100n)
  let isDown = false
  const down = async (): Promise<never> => {
    throw new Error('down')
  }
  const one = await node(
    { ...ledger, renew: (...takes) => (isDown ? down() : ledger.renew(...takes)) },
    clock,
    { autonomyMs: 48 * hour },
  )
  expect(typeof (await one.take(10))).toBe('object')
  isDown = true
  await pass(clock, 22.9 * hour, 600_000)
  expect(typeof (await one.take(1))).toBe('object')
  await pass(clock, 0.2 * hour, 600_000)
  expect(await one.take(1)).toBe('unknown')
})

test('more holds than one page are renewed, and removed only after the last page', async () => {
  const { clock, ledger } = await store(100n, 'run')
  const pages: number[] = []
  const one = await node(
    {
      ...ledger,
      async renew(...takes) {
        const reply = await ledger.renew(...takes)
        if (reply.kind === 'renewed') pages.push(reply.holds.length)
        return reply
      },
    },
    clock,
  )
  for (let run = 0; run < 1_200; run += 1) await one.take(10, `b#ci:${run}`)
  await one.driver.notice()
  expect(pages.slice(-2)).toEqual([1_000, 200])
  expect(one.book.slots.size).toBe(1_200)
})

test('a failing sweep is reported once until a sweep succeeds', async () => {
  const { clock, ledger } = await store(100n)
  let isDown = true
  const failed: unknown[] = []
  const failing: Ledger = {
    ...ledger,
    sweep: (ages) => (isDown ? Promise.reject(new StoreDown('no answer')) : ledger.sweep(ages)),
  }
  await node(failing, clock, {}, (error) => failed.push(error))
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000)
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    }
  }
  await pass(35)
  expect(failed).toEqual([new StoreDown('no answer')])
  isDown = false
  await pass(11)
  isDown = true
  await pass(25)
  expect(failed).toHaveLength(2)
})

test('an ended run continues from its earlier spending', async () => {
  const { clock, ledger } = await store(100n, 'run')
  const { holder, epoch } = await ledger.register({ bootId: 'b', proven: [] })
  let seq = 0
  const acquire = (run: string, need = 10n) =>
    ledger.acquire({
      holder,
      epoch,
      seq: ++seq,
      needs: [{ budget: `b#${run}`, window: 'current', need, want: 0n }],
    })
  expect(await acquire('ci:first', 60n)).toMatchObject({ kind: 'granted' })
  const charges = [{ bucket: 'b#ci:first', window: 'ci:first', amount: '60', epoch }]
  await ledger.settle({
    holder,
    from: { segment: 0, offset: 0 },
    to: { segment: 1, offset: 1 },
    records: [recordOf('x', charges)],
  })
  clock.advance(25 * hour)
  const ages = { idleMs: 24 * hour, keepMs: 90 * 24 * hour }
  expect(await ledger.sweep(ages)).toEqual({ closed: 1, removed: 0 })
  expect((await ledger.budgets()).budgets.map(({ window }) => window)).toEqual([undefined].slice(1))
  expect((await ledger.budgets({ isOverIncluded: true })).budgets).toMatchObject([
    { window: 'ci:first', spent: 60n, isOver: true },
  ])
  expect(await acquire('ci:first', 41n)).toMatchObject({ kind: 'short' })
  expect(await acquire('ci:first', 40n)).toMatchObject({ kind: 'granted' })
  clock.advance(91 * 24 * hour)
  await ledger.giveBack({
    holder,
    epoch,
    holds: [{ budget: 'b#ci:first', window: 'ci:first', returned: 40n }],
  })
  await ledger.sweep(ages)
  expect((await ledger.budgets({ isOverIncluded: true })).budgets.map(({ window }) => window)).toEqual([
    undefined,
  ])
})
