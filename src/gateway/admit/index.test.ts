import { describe, expect, test } from 'bun:test'
import { declare } from '../../../test/money/declare.ts'
import type { KeyEntry } from '../../contract/directory.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { BudgetRule, LimitRule, Snapshot, TargetRule } from '../../contract/snapshot.ts'
import type { Counters } from '../../contract/state.ts'
import { type Ledger, StoreDown } from '../../contract/stores.ts'
import type { Demand } from '../../contract/usage.ts'
import { createFakeClock } from '../../kit/fake-clock.ts'
import { memoryLedger } from '../../storage/memory/index.ts'
import { type PrincipalEntry, createPrincipals } from '../identify/index.ts'
import {
  type Admission,
  createAdmission,
  budgetsOfRules,
  createMemoryCounters,
  type Ticket,
} from './index.ts'

const usd = (dollars: number) => String(dollars * 1e9)
const hard = (id: string, amount: string, more: Partial<BudgetRule> = {}): BudgetRule => ({
  id,
  unit: 'usd',
  amount,
  per: 'month',
  zone: 'UTC',
  isHard: true,
  capsOutput: false,
  ...more,
})

/**
 * One dollar per thousand tokens out, nothing for input: a call's bound in dollars is its output limit in
 * thousands.
 */
const target: TargetRule = {
  id: 'demo/echo',
  provider: 'demo',
  model: 'echo',
  traits: [],
  prices: [{ input: 0, output: 1_000_000_000_000 }],
}
const demand = (outputTokens: number | undefined): Demand => ({
  inputTokens: 0,
  outputTokens,
  hasUnboundedFees: false,
  typicalTokens: 10,
  typicalInputTokens: 5,
})

const empty: Snapshot = {
  version: 'v1',
  compiledAt: 0,
  destinations: {},
  targets: {},
  models: {},
  teams: {},
  guards: [],
  policies: [],
  limits: { bodyBytes: 1, bodiesBytes: 1_000_000_000, depth: 1, inFlight: 1, bodyMs: 1 },
  acceptsBareVendorNames: false,
  responses: { keepMs: 0, bytesPerKey: 1, totalBytes: 1, storesUpstream: false },
  retry: { attempts: 2, withinMs: 20_000 },
  drainOnClientGoneMs: 0,
}

interface World {
  team?: { budgets?: BudgetRule[]; limits?: LimitRule }
  parent?: { budgets?: BudgetRule[]; limits?: LimitRule }
  key?: Partial<KeyEntry>
  wrap?: (ledger: Ledger) => Ledger
  mostBuckets?: number
  barred?: readonly string[]
  barredChanged?: (barred: readonly string[]) => void
  share?: (counters: Counters) => Counters
}

async function world({
  team = {},
  parent = {},
  key = {},
  wrap = (ledger) => ledger,
  mostBuckets = 50_000,
  barred = [],
  barredChanged,
  share,
}: World) {
  const clock = createFakeClock()
  let id = 0
  const truth = memoryLedger({ clock, newId: () => `id-${++id}`, newNonce: () => `nonce-${++id}` })
  const ledger = wrap(truth)
  const registration = await truth.register({ bootId: 'b', proven: [] })
  const entry: KeyEntry = {
    id: 'ci',
    team: 'research',
    secrets: [],
    createdAt: 0,
    tags: {},
    owner: 'file',
    ...key,
  }
  const rule = (name: string, path: string[], from: World['team']) => ({
    name,
    path,
    grant: { allow: {}, deny: {} },
    tags: {},
    budgets: from?.budgets ?? [],
    ...(from?.limits ? { limits: from.limits } : {}),
  })
  const snapshot: Snapshot = {
    ...empty,
    teams: {
      research: rule('research', ['research', 'engineering'], team),
      engineering: rule('engineering', ['engineering'], parent),
    },
  }
  const gate = createAdmission({
    ledger,
    clock,
    counters: share ? share(createMemoryCounters(clock)) : createMemoryCounters(clock),
    registration,
    mostBuckets,
    barred,
    barredChanged,
    register: () =>
      truth.register({ holder: registration.holder, nonce: registration.nonce, bootId: 'b', proven: [] }),
    faulted(error) {
      throw error
    },
  })
  await put(truth, gate, snapshot, [entry])
  const principal = createPrincipals(snapshot).of(entry)
  const admit = (run = 'r') => atOnce(gate.admit({ ...as(principal), run, typicalTokens: 10 }))
  const reserve = (outputTokens: number | undefined, run = 'r') =>
    gate.reserve(admit(run), { target, demand: demand(outputTokens), at: clock.now() })
  const used = (outputTokens: number) => ({ kind: 'usage' as const, usage: { inputTokens: 0, outputTokens } })
  return { clock, truth, gate, entry, principal, snapshot, admit, reserve, used }
}

async function put(
  ledger: Ledger,
  gate: Admission,
  snapshot: Snapshot,
  keys: readonly KeyEntry[],
): Promise<void> {
  await declare(ledger, [...budgetsOfRules(snapshot, keys).budgets.values()])
  await gate.activate(snapshot)
}

const as = (principal: PrincipalEntry) => ({
  principal,
  subject: principal.subject,
  resource: { kind: 'model', name: 'm' } as const,
})

/** Counters in memory are synchronous. */
function atOnce(ticket: Ticket | Promise<Ticket>): Ticket {
  if (ticket instanceof Promise) throw new Error('the counters in memory answered later')
  return ticket
}

const codeOf = async (run: () => unknown): Promise<string> => {
  try {
    await run()
    return 'nothing was refused'
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}

const refusal = async (run: () => unknown): Promise<GatewayError> => {
  try {
    await run()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('budgets', () => {
  test('the first call asks the store, later ones are reserved at once from the slice', async () => {
    const { reserve } = await world({ team: { budgets: [hard('team/research/month/usd', usd(100))] } })
    expect(reserve(1000)).toBeInstanceOf(Promise)
    await Bun.sleep(0)
    expect(reserve(1000)).not.toBeInstanceOf(Promise)
  })

  test('the budgets of the key, its team and an ancestor are checked together, and the refusal names the exhausted one', async () => {
    const { reserve, truth } = await world({
      key: { budgets: [hard('key/ci/month/usd', usd(50))] },
      team: { budgets: [hard('team/research/month/usd', usd(50))] },
      parent: { budgets: [hard('team/engineering/month/usd', usd(3))] },
    })
    await reserve(2000)
    const refused = await refusal(() => reserve(2000))
    expect(refused.code).toBe('budget-exhausted')
    expect(refused.details.rule).toBe('team/engineering/month/usd')
    expect(refused.message).toContain('team "engineering"')
    for (const state of (await truth.budgets()).budgets)
      expect(state.committed).toBeLessThanOrEqual(state.cap)
  })

  test('a settled call pays its real cost once, and the rest is free for other calls', async () => {
    const { reserve, gate, used } = await world({ team: { budgets: [hard('b', usd(3))] } })
    const first = await reserve(3000)
    expect(first.chargesAtBound()).toEqual([
      { bucket: 'b', window: '2026-11-01T00:00:00.000Z', amount: usd(3), epoch: 1, basis: 'bound' },
    ])
    expect(await codeOf(() => reserve(1000))).toBe('budget-exhausted')
    const settlement = gate.settle(first, used(1000))
    expect(settlement.charges).toEqual([
      { bucket: 'b', window: '2026-11-01T00:00:00.000Z', amount: usd(1), epoch: 1 },
    ])
    expect(gate.settle(first, { kind: 'free' })).toBe(settlement)
    expect(await codeOf(() => reserve(2000))).toBe('nothing was refused')
    expect(await codeOf(() => reserve(1))).toBe('budget-exhausted')
  })

  test('an unsent call costs nothing, an unknown cost is charged at the bound', async () => {
    const { reserve, gate } = await world({ team: { budgets: [hard('b', usd(3))] } })
    const free = gate.settle(await reserve(1000), { kind: 'free' })
    expect(free).toEqual({ charges: [], costNano: 0n, isBoundBroken: false, isAtBound: false })
    expect(gate.settle(await reserve(1000), { kind: 'bound' }).costNano).toBe(1_000_000_000n)
  })

  test('a soft budget never refuses and is charged beyond its amount', async () => {
    const { reserve, gate, used } = await world({
      team: { budgets: [hard('soft', usd(1), { isHard: false, per: 'day' })] },
    })
    const reservation = await reserve(5000)
    expect(gate.settle(reservation, used(5000)).charges).toEqual([
      { bucket: 'soft', window: '2026-11-23T00:00:00.000Z', amount: usd(5) },
    ])
    expect(gate.settle(await reserve(5000), used(5000)).costNano).toBe(5_000_000_000n)
  })

  test('a call without a bound is refused under a hard budget and served under a soft one', async () => {
    const under = await world({ team: { budgets: [hard('b', usd(3))] } })
    expect(await codeOf(() => under.reserve(undefined))).toBe('unbounded-cost')
    const soft = await world({ team: { budgets: [hard('b', usd(3), { isHard: false })] } })
    expect(await codeOf(() => soft.reserve(undefined))).toBe('nothing was refused')
  })

  test('a budget that caps the output lowers the limit to the rest, even if more was expected', async () => {
    const budgets = [hard('b', usd(3), { capsOutput: true })]
    const { reserve, truth } = await world({ team: { budgets } })
    const other = await truth.register({ bootId: 'c', proven: [] })
    await truth.acquire({
      holder: other.holder,
      epoch: other.epoch,
      seq: 1,
      needs: [{ budget: 'b', window: 'current', need: BigInt(usd(1)), want: 0n }],
    })
    // its holder is silent, so there is nothing to wait for
    await truth.expire(-1)
    const reservation = await reserve(undefined)
    expect(reservation.outputCap).toBe(1999)
    expect(reservation.boundNano).toBe(1_999_000_000n)
  })

  test('a call that costs nothing passes under a hard budget, even an exhausted one', async () => {
    const { reserve } = await world({ team: { budgets: [hard('b', usd(1))] } })
    expect(await codeOf(() => reserve(0))).toBe('nothing was refused')
    await reserve(1000)
    expect(await codeOf(() => reserve(0))).toBe('nothing was refused')
  })

  test('an unknown price is refused under a hard budget in money and served otherwise', async () => {
    const unpriced = { ...target, prices: [] }
    const under = await world({ team: { budgets: [hard('b', usd(3))] } })
    expect(
      await codeOf(() => under.gate.reserve(under.admit(), { target: unpriced, demand: demand(1), at: 0 })),
    ).toBe('unpriced')
    const soft = await world({ team: { budgets: [hard('t', '1000', { unit: 'tokens' })] } })
    const reservation = await soft.gate.reserve(soft.admit(), { target: unpriced, demand: demand(10), at: 0 })
    expect(soft.gate.settle(reservation, soft.used(7))).toEqual({
      charges: [{ bucket: 't', window: '2026-11-01T00:00:00.000Z', amount: '7', epoch: 1 }],
      costNano: undefined,
      isBoundBroken: false,
      isAtBound: false,
    })
  })

  test('a vendor that bills above the bound is kept as the truth and barred until somebody pardons it', async () => {
    const { reserve, gate, used } = await world({ team: { budgets: [hard('b', usd(30))] } })
    const settlement = gate.settle(await reserve(1000), used(9000))
    expect(settlement.isBoundBroken).toBe(true)
    expect(settlement.charges[0]?.amount).toBe(usd(9))
    expect(gate.barred()).toEqual(['demo/echo'])
    expect(await codeOf(() => reserve(1))).toBe('unpriced')
    expect(gate.pardon('demo/echo')).toBe(true)
    expect(await codeOf(() => reserve(1))).toBe('nothing was refused')
  })

  test('a budget per run counts each run for itself', async () => {
    const { reserve } = await world({ team: { budgets: [hard('run', usd(1), { per: 'run' })] } })
    expect(await codeOf(() => reserve(1000, 'one'))).toBe('nothing was refused')
    expect(await codeOf(() => reserve(1, 'one'))).toBe('budget-exhausted')
    expect(await codeOf(() => reserve(1000, 'two'))).toBe('nothing was refused')
  })

  test('with the store down, a node spends its holds and then refuses with an unknown budget', async () => {
    let isDown = false
    const { reserve } = await world({
      team: { budgets: [hard('b', usd(100))] },
      wrap: (ledger) => ({
        ...ledger,
        acquire: (request) => (isDown ? Promise.reject(new StoreDown('down')) : ledger.acquire(request)),
      }),
    })
    await reserve(1000)
    isDown = true
    let served = 0
    let code = ''
    while (served < 200 && !code) {
      const result = await codeOf(() => reserve(1000))
      if (result === 'nothing was refused') served += 1
      else code = result
    }
    expect(served).toBeGreaterThan(0)
    expect(code).toBe('budget-unknown')
  })

  test('a call waits 250 ms for an unresponsive store, and a later grant is not lost', async () => {
    let letGo = () => {}
    const { reserve, clock } = await world({
      team: { budgets: [hard('b', usd(100))] },
      wrap: (ledger) => ({
        ...ledger,
        async acquire(request) {
          await new Promise<void>((resolve) => (letGo = resolve))
          return ledger.acquire(request)
        },
      }),
    })
    const code = codeOf(() => reserve(1000))
    clock.advance(300)
    expect(await code).toBe('budget-unknown')
    expect(await codeOf(() => reserve(1000))).toBe('budget-unknown')
    letGo()
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    expect(reserve(1000)).not.toBeInstanceOf(Promise)
  })

  test('a call that runs past the end of its window is charged to the window of its start', async () => {
    const { reserve, gate, used, clock } = await world({
      team: { budgets: [hard('b', usd(3), { per: 'hour' })] },
    })
    const reservation = await reserve(3000)
    clock.advance(3_600_000)
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
    expect(await codeOf(() => reserve(3000))).toBe('nothing was refused')
    expect(gate.settle(reservation, used(2000)).charges[0]?.window).toBe('2026-11-23T12:00:00.000Z')
  })

  test('when a key moves to another team, running calls keep the budgets of their start', async () => {
    const { reserve, gate, used, entry, snapshot, clock, truth } = await world({
      team: { budgets: [hard('b', usd(5))] },
      parent: { budgets: [hard('p', usd(5))] },
    })
    const running = await reserve(1000)
    const moved = { ...entry, team: 'engineering' }
    await put(truth, gate, snapshot, [moved])
    const ticket = atOnce(
      gate.admit({ ...as(createPrincipals(snapshot).of(moved)), run: 'r', typicalTokens: 10 }),
    )
    const later = await gate.reserve(ticket, { target, demand: demand(1000), at: clock.now() })
    expect(gate.settle(running, used(1000)).charges.map(({ bucket }) => bucket)).toEqual(['b', 'p'])
    expect(gate.settle(later, used(1000)).charges.map(({ bucket }) => bucket)).toEqual(['p'])
  })

  test('stopping returns unreserved money', async () => {
    const { reserve, gate, used, truth } = await world({ team: { budgets: [hard('b', usd(100))] } })
    gate.settle(await reserve(1000), used(400))
    await gate.stop()
    const [state] = (await truth.budgets()).budgets
    expect(state?.committed).toBe(400_000_000n)
  })

  test('a budget that was raised serves at once, without waiting for a remembered refusal to fade', async () => {
    const { reserve, gate, entry, snapshot, truth } = await world({ team: { budgets: [hard('b', usd(1))] } })
    await reserve(1000)
    expect(await codeOf(() => reserve(500))).toBe('budget-exhausted')
    const team = snapshot.teams['research']
    if (!team) throw new Error('no team')
    const raised = {
      ...snapshot,
      teams: { ...snapshot.teams, research: { ...team, budgets: [hard('b', usd(2))] } },
    }
    await put(truth, gate, raised, [entry])
    expect(await codeOf(() => reserve(500))).toBe('nothing was refused')
  })
})

describe('limits', () => {
  const rate = (amount: number) => ({ amount, perMs: 60_000 })

  test('requests beyond the rate are refused with the exact retry time, and that time is sufficient', async () => {
    const { admit, clock } = await world({ team: { limits: { requests: rate(2) } } })
    admit()
    admit()
    const refused = await refusal(admit)
    expect(refused.code).toBe('rate-limited')
    expect(refused.details).toEqual({ rule: 'team/research/requests', retryAfterSeconds: 30 })
    expect(refused.message).toBe('The team "research" may use 2 requests per minute; come back in 30 s.')
    clock.advance(29_999)
    expect(await codeOf(admit)).toBe('rate-limited')
    clock.advance(1)
    expect(await codeOf(admit)).toBe('nothing was refused')
  })

  test('a refusal by one limit charges none of the others', async () => {
    const { admit, clock } = await world({
      key: { limits: { requests: { amount: 3, perMs: 3_600_000 } } },
      parent: { limits: { requests: rate(1) } },
    })
    admit()
    for (let count = 0; count < 10; count += 1) expect(await codeOf(admit)).toBe('rate-limited')
    clock.advance(60_000)
    expect(await codeOf(admit)).toBe('nothing was refused')
  })

  describe('asynchronous counters', () => {
    const later = (counters: Counters): Counters => ({
      ...counters,
      take: async (key, limit, amount) => counters.take(key, limit, amount),
    })
    const rules = {
      key: { limits: { requests: { amount: 3, perMs: 3_600_000 }, concurrent: 2 } },
      parent: { limits: { requests: rate(1) } },
    }
    const asker = async (share: (counters: Counters) => Counters) => {
      const { gate, principal, clock } = await world({ ...rules, share })
      const admit = async () => gate.admit({ ...as(principal), run: 'r', typicalTokens: 10 })
      return { admit, clock, gate }
    }

    test('refuse by one limit, charge none of the others, and release the slot', async () => {
      const { admit, clock, gate } = await asker(later)
      const ticket = await admit()
      for (let count = 0; count < 10; count += 1) expect(await codeOf(admit)).toBe('rate-limited')
      clock.advance(60_000)
      expect(await codeOf(admit)).toBe('nothing was refused')
      // both slots are taken: each refused call released its own
      expect(await codeOf(admit)).toBe('too-many-concurrent')
      gate.release(ticket)
      clock.advance(60_000)
      expect(await codeOf(admit)).toBe('nothing was refused')
    })

    test('can be mixed with synchronous ones', async () => {
      const { admit, clock } = await asker((counters) => ({
        ...counters,
        take: (key, limit, amount) =>
          key.startsWith('team/')
            ? later(counters).take(key, limit, amount)
            : counters.take(key, limit, amount),
      }))
      await admit()
      for (let count = 0; count < 10; count += 1) expect(await codeOf(admit)).toBe('rate-limited')
      clock.advance(60_000)
      expect(await codeOf(admit)).toBe('nothing was refused')
    })

    test('let calls pass when they do not respond, and return only the taken amount', async () => {
      const asked: string[] = []
      const given: string[] = []
      const { admit } = await asker((counters) => ({
        take(key, limit, amount) {
          asked.push(key)
          return key.startsWith('key/')
            ? Promise.reject(new StoreDown('the counters do not answer'))
            : later(counters).take(key, limit, amount)
        },
        adjust: (key) => void given.push(key),
      }))
      await admit()
      expect(await codeOf(admit)).toBe('rate-limited')
      expect(new Set(asked)).toEqual(new Set(['key/ci/requests', 'team/engineering/requests']))
      expect(given).toEqual([])
    })
  })

  test('a place among concurrent calls is free again after release, once', async () => {
    const { admit, gate } = await world({ parent: { limits: { concurrent: 1 } } })
    const ticket = admit()
    expect(await codeOf(admit)).toBe('too-many-concurrent')
    gate.release(ticket)
    gate.release(ticket)
    admit()
    expect(await codeOf(admit)).toBe('too-many-concurrent')
  })

  test('tokens beyond the typical amount become debt that is paid by waiting', async () => {
    const { admit, gate, clock, used } = await world({ team: { limits: { tokens: rate(100) } } })
    const ticket = admit()
    gate.settle(await gate.reserve(ticket, { target, demand: demand(500), at: 0 }), used(150))
    gate.release(ticket)
    expect(await codeOf(admit)).toBe('rate-limited')
    clock.advance(35_999)
    expect(await codeOf(admit)).toBe('rate-limited')
    clock.advance(1)
    expect(await codeOf(admit)).toBe('nothing was refused')
  })
})

describe('the state after a call', () => {
  const runRule = (amount: string) => hard('key/ci/run/usd', amount, { per: 'run' })

  test('a call without a run id is limited by the budget of a run, without a store request or a row', async () => {
    const { gate, principal, truth, clock, used } = await world({ key: { budgets: [runRule(usd(1))] } })
    const ticket = atOnce(
      gate.admit({ ...as(principal), run: 'ci:run_x', isLoneRun: true, typicalTokens: 10 }),
    )
    const first = gate.reserve(ticket, { target, demand: demand(600), at: clock.now() })
    if (first instanceof Promise) throw new Error('the store was asked')
    expect(gate.settle(first, used(600)).charges).toEqual([])
    expect(await codeOf(() => gate.reserve(ticket, { target, demand: demand(600), at: clock.now() }))).toBe(
      'budget-exhausted',
    )
    expect((await truth.budgets({ isOverIncluded: true })).budgets.map(({ window }) => window)).toEqual([
      undefined,
    ])
  })

  test('beyond the bound on buckets only a further run is refused', async () => {
    const { gate, principal, clock } = await world({ key: { budgets: [runRule(usd(1))] }, mostBuckets: 2 })
    const reserveIn = async (run: string) =>
      gate.reserve(atOnce(gate.admit({ ...as(principal), run, typicalTokens: 10 })), {
        target,
        demand: demand(100),
        at: clock.now(),
      })
    await reserveIn('one')
    await reserveIn('two')
    expect(await codeOf(() => reserveIn('three'))).toBe('budget-unknown')
    await reserveIn('two')
  })

  test('a soft charge at the end of a window counts in the next one', async () => {
    const { reserve, gate, used, clock } = await world({
      team: { budgets: [hard('s', usd(1), { per: 'hour', isHard: false })] },
    })
    const windowOf = async () => gate.settle(await reserve(100), used(10)).charges[0]?.window
    const before = await windowOf()
    const end = Math.ceil((clock.now() + 1) / 3_600_000) * 3_600_000
    clock.advance(end - clock.now())
    expect(await windowOf()).toBe(new Date(end).toISOString())
    expect(before).toBe(new Date(end - 3_600_000).toISOString())
  })

  test('a hard budget of tokens refuses a call without a bound on tokens', async () => {
    const { reserve } = await world({ team: { budgets: [hard('t', '1000', { unit: 'tokens' })] } })
    expect(await codeOf(() => reserve(undefined))).toBe('unbounded-cost')
  })

  test('a vendor that reports more tokens than were reserved breaks the bound of a budget of tokens', async () => {
    const { reserve, gate, used } = await world({
      team: { budgets: [hard('t', '1000', { unit: 'tokens' })] },
    })
    const reservation = await reserve(100)
    const free = { ...reservation, boundNano: undefined }
    expect(gate.settle(free, used(101)).isBoundBroken).toBe(true)
  })

  test('timeouts of an outage cost nothing up to a tenth of the cap, then the bound, and the forgiven part is reported', async () => {
    const { reserve, gate, truth } = await world({ team: { budgets: [hard('b', usd(100))] } })
    const bases: (string | undefined)[] = []
    let forgiven = 0n
    for (let call = 0; call < 200; call += 1) {
      const { charges } = gate.settle(await reserve(100), { kind: 'forgivable', usage: undefined })
      bases.push(charges[0]?.basis)
      forgiven += BigInt(charges[0]?.forgiven ?? '0')
      expect(charges[0]?.amount).toBe(charges[0]?.basis === 'bound' ? usd(0.1) : '0')
    }
    expect(bases.filter((basis) => basis === undefined)).toHaveLength(100)
    expect(forgiven).toBe(10_000_000_000n)
    // 200 timeouts of $0.10 cost half of their full charge
    await gate.stop()
    expect((await truth.budgets()).budgets[0]?.committed).toBe(10_000_000_000n)
  })

  test('a target that billed above its bound is reported for storage, and a stored one is barred from the start', async () => {
    const kept: string[][] = []
    const rules = { team: { budgets: [hard('b', usd(100))] } }
    const first = await world({ ...rules, barredChanged: (barred) => kept.push([...barred]) })
    first.gate.settle(await first.reserve(100), first.used(101))
    expect(kept).toEqual([['demo/echo']])
    const second = await world({ ...rules, barred: kept[0] ?? [] })
    expect(await codeOf(() => second.reserve(100))).toBe('unpriced')
    expect(second.gate.pardon('demo/echo')).toBe(true)
    await second.reserve(100)
  })

  test('three images at 4 cents take 12 cents of a hard budget, and cost them; the target stays open', async () => {
    const { admit, gate, truth } = await world({ team: { budgets: [hard('b', usd(1))] } })
    const painter: TargetRule = { ...target, id: 'acme/painter', prices: [{ fees: { image: 40_000_000 } }] }
    const images: Demand = { ...demand(0), units: { image: 3 } }
    const reserve = () => gate.reserve(admit(), { target: painter, demand: images, at: 0 })
    for (let call = 1; call <= 8; call += 1) {
      const reservation = await reserve()
      expect(reservation.boundNano).toBe(120_000_000n)
      const settled = gate.settle(reservation, { kind: 'usage', usage: { fees: { image: 3 } } })
      expect(settled).toMatchObject({ costNano: 120_000_000n, isBoundBroken: false, isAtBound: false })
    }
    expect(await codeOf(reserve)).toBe('budget-exhausted')
    expect(gate.barred()).toEqual([])
    await gate.stop()
    expect((await truth.budgets()).budgets[0]?.committed).toBe(960_000_000n)
  })

  test('a unit that the price list does not name is refused under a hard budget, and costs an unknown amount without one', async () => {
    const drawn: Demand = { ...demand(0), units: { image: 3 } }
    const strict = await world({ team: { budgets: [hard('b', usd(1), { capsOutput: true })] } })
    const refused = await refusal(() => strict.gate.reserve(strict.admit(), { target, demand: drawn, at: 0 }))
    expect(refused).toMatchObject({ code: 'unpriced', details: { rule: 'b' } })
    expect(refused.message).toContain('"demo/echo" has no price for "image"')
    const loose = await world({ team: { budgets: [hard('b', usd(1), { isHard: false })] } })
    const reservation = await loose.gate.reserve(loose.admit(), { target, demand: drawn, at: 0 })
    const { costNano, isBoundBroken } = loose.gate.settle(reservation, {
      kind: 'usage',
      usage: { inputTokens: 0, outputTokens: 0, fees: { image: 3 } },
    })
    expect({ costNano, isBoundBroken }).toEqual({ costNano: undefined, isBoundBroken: false })
  })

  test('a free target takes nothing of a hard budget, whatever the call may use', async () => {
    const { admit, gate } = await world({ team: { budgets: [hard('b', usd(1))] } })
    const free: TargetRule = { ...target, prices: [{ isFree: true }] }
    const endless: Demand = { ...demand(undefined), inputTokens: undefined, hasUnboundedFees: true }
    const reservation = await gate.reserve(admit(), { target: free, demand: endless, at: 0 })
    expect(reservation.boundNano).toBe(0n)
    expect(
      gate.settle(reservation, {
        kind: 'usage',
        usage: { inputTokens: 9, outputTokens: 9, fees: { page: 4 } },
      }),
    ).toMatchObject({
      costNano: 0n,
      charges: [],
    })
  })
})

test('a rate for each value knows a thousand of them, and further ones share one until the period is over', async () => {
  const { gate, principal, clock } = await world({
    team: { limits: { each: [{ each: 'tag:c', requests: { amount: 1, perMs: 3_600_000 } }] } },
  })
  const call = (value: string) =>
    codeOf(() =>
      gate.admit({
        ...as(principal),
        subject: { ...principal.subject, tags: { c: value } },
        run: 'r',
        typicalTokens: 1,
      }),
    )
  for (let index = 0; index < 1_000; index += 1) expect(await call(`v${index}`)).toBe('nothing was refused')
  expect([await call('v7'), await call('one more'), await call('another')]).toEqual([
    'rate-limited',
    'nothing was refused',
    'rate-limited',
  ])
  clock.advance(3_600_000)
  expect([await call('another'), await call('one more')]).toEqual([
    'nothing was refused',
    'nothing was refused',
  ])
})
