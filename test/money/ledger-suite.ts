// The requirements for every ledger implementation: traces of operations, generated from seeds. The responses
// must equal the model's.

import { describe, expect, test } from 'bun:test'
import type { Charge, ExchangeRecord } from '../../src/contract/record.ts'
import type { BudgetDeclaration, BudgetDifference } from '../../src/contract/budgets.ts'
import type { BudgetState, DrainOffset, HoldState, Ledger, Registration } from '../../src/contract/stores.ts'
import { type FakeClock, createFakeClock } from '../../src/kit/fake-clock.ts'
import { memoryLedger } from '../../src/storage/memory/index.ts'
import { type Chance, chanceFrom } from './generate.ts'

export interface LedgerParts {
  clock: FakeClock
  newId: () => string
  newNonce: () => string
}

/** @param makeLedger an empty ledger that takes its time and ids from `parts`; the suite closes it */
export function ledgerSuite(
  name: string,
  makeLedger: (parts: LedgerParts) => Ledger | Promise<Ledger>,
  traces = 200,
): void {
  const firstSeed = Number(process.env.GATEHOUSE_MONEY_SEED ?? 1)
  describe(`the ledger ${name}`, () => {
    test(`a ledger responds to ${traces} traces from seed ${firstSeed} like the model`, async () => {
      for (let seed = firstSeed; seed < firstSeed + traces; seed += 1) await compare(seed, makeLedger)
    }, 60_000)
  })
}

/** A holder in both ledgers: each has its own ids and nonces. */
interface Pair {
  model: Registration
  tried: Registration
  seq: number
  stale: { model: string; tried: string }[]
}

/** Runs one trace on the model and on another ledger. Throws with the whole trace if they differ. */
export async function compare(
  seed: number,
  makeLedger: (parts: LedgerParts) => Ledger | Promise<Ledger>,
): Promise<void> {
  const clock = createFakeClock()
  const model = memoryLedger(parts(clock))
  const tried = await makeLedger(parts(clock))
  try {
    await trace(seed, clock, model, tried)
  } finally {
    await tried.close()
  }
}

function parts(clock: FakeClock): LedgerParts {
  let id = 0
  return { clock, newId: () => `holder-${++id}`, newNonce: () => `nonce-${++id}` }
}

async function trace(seed: number, clock: FakeClock, model: Ledger, tried: Ledger): Promise<void> {
  const chance = chanceFrom(seed * 40_503)
  const below = (most: number) => Math.floor(chance() * most)
  const of = <Item>(items: readonly Item[]): Item => items[below(items.length)]!
  const pairs: Pair[] = []
  const records: ExchangeRecord[] = []
  const versions = [new Map<string, number>(), new Map<string, number>()] as const
  const done: string[] = []
  const tellsChange = new Set<string>()

  /** Runs the same operation on both; the responses must be equal. */
  async function both<Answer>(
    what: string,
    run: (ledger: Ledger, side: 'model' | 'tried') => Promise<Answer>,
  ): Promise<[Answer, Answer]> {
    done.push(what)
    const responses: [Answer, Answer] = [await run(model, 'model'), await run(tried, 'tried')]
    const [expected, received] = responses.map((response) => JSON.stringify(plain(response), jsonBig))
    if (expected !== received)
      expect(`seed ${seed}\n${done.join('\n')}\n${received}`).toBe(
        `seed ${seed}\n${done.join('\n')}\n${expected}`,
      )
    for (const bucket of changed(responses[0], versions[0])) tellsChange.add(bucket)
    for (const bucket of changed(responses[1], versions[1])) tellsChange.delete(bucket)
    expect([...tellsChange], `seed ${seed}: buckets that may cover more, without a new version`).toEqual([])
    return responses
  }

  async function register(pair?: Pair): Promise<void> {
    const isStale = pair !== undefined && pair.stale.length > 0 && chance() < 0.2
    const upTo = pair?.model.epoch ?? 0
    const proven = Array.from({ length: upTo }, (_, index) => index + 1).filter(() => chance() < 0.7)
    const more = {
      proven,
      ...(chance() < 0.1 ? { seenEpoch: upTo + below(3) } : {}),
      ...(chance() < 0.1 ? { isSetBack: true } : {}),
    }
    const claim = (side: 'model' | 'tried') =>
      pair
        ? {
            holder: pair[side].holder,
            nonce: isStale ? of0(pair.stale)[side] : pair[side].nonce,
            bootId: 'b',
            ...more,
          }
        : { bootId: 'b', ...more }
    done.push(
      `register ${pair ? `${pairs.indexOf(pair)}${isStale ? ' with an old nonce' : ''}` : 'anew'} ${JSON.stringify(more)}`,
    )
    const [one, two] = [await model.register(claim('model')), await tried.register(claim('tried'))]
    expect({ ...strip(two), seed }).toEqual({ ...strip(one), seed })
    const known = pairs.find((other) => other.model.holder === one.holder)
    expect(pairs.find((other) => other.tried.holder === two.holder)).toBe(known)
    if (!known) pairs.push({ model: one, tried: two, seq: 0, stale: [] })
    else {
      known.stale.push({ model: known.model.nonce, tried: known.tried.nonce })
      Object.assign(known, { model: one, tried: two, seq: 0 })
    }
  }

  /** Rules or keys, as a whole or as a difference, sometimes from an outdated version. */
  async function configure(pair: Pair, isFirst: boolean): Promise<void> {
    const { version, rules } = await model.configured('')
    const since = isFirst || chance() < 0.8 ? version : below(version + 2)
    const named = isFirst || chance() < 0.4 ? `rules ${below(5)}` : rules
    const difference = (): BudgetDifference => ({
      put: budgets(chance),
      remove: chance() < 0.3 ? [of(names)] : [],
      isWhole: chance() < 0.5,
    })
    const change = {
      since,
      rules: named,
      ...((isFirst || (named !== rules && chance() < 0.9)) && { ofRules: difference() }),
      ...(chance() < 0.4 && { ofKeys: difference() }),
    }
    await both(`configure ${pairs.indexOf(pair)} ${JSON.stringify(change, jsonBig)}`, (ledger, side) =>
      ledger.configure({ ...change, holder: pair[side].holder }),
    )
  }

  const anyPosition = (): DrainOffset | undefined =>
    chance() < 0.5 ? { segment: below(4), offset: below(300) } : undefined

  await register()
  await configure(pairs[0]!, true)
  for (let count = 0; count < 60; count += 1) {
    const pair = of(pairs)
    const epoch = chance() < 0.9 ? pair.model.epoch : 1 + below(pair.model.epoch)
    const kind = below(100)
    if (kind < 5) await register(chance() < 0.6 ? pair : undefined)
    else if (kind < 40) {
      const seq = chance() < 0.85 ? ++pair.seq : Math.max(1, pair.seq - below(2))
      const needs = Array.from({ length: 1 + below(3) }, () => ({
        budget: chance() < 0.03 ? 'unheard-of' : of(names),
        window: chance() < 0.85 ? ('current' as const) : ('next' as const),
        need: BigInt(below(30)),
        want: BigInt(below(60)),
      }))
      const what = `acquire ${pairs.indexOf(pair)} epoch ${epoch} seq ${seq} ${JSON.stringify(needs, jsonBig)}`
      const position = anyPosition()
      await both(what, (ledger, side) =>
        ledger.acquire({ holder: pair[side].holder, epoch, seq, needs, position }),
      )
    } else if (kind < 50) {
      const position = anyPosition()
      await both(`renew ${pairs.indexOf(pair)} epoch ${epoch}`, (ledger, side) =>
        ledger.renew(pair[side].holder, epoch, position),
      )
    } else if (kind < 62) {
      const states = (await model.budgets()).budgets
      if (states.length === 0) continue
      const holds = Array.from({ length: 1 + below(2) }, () => of(states)).map(({ budget, window = '' }) => ({
        budget,
        window,
        returned: BigInt(below(80)),
      }))
      await both(
        `give back ${pairs.indexOf(pair)} epoch ${epoch} ${JSON.stringify(holds, jsonBig)}`,
        (ledger, side) => ledger.giveBack({ holder: pair[side].holder, epoch, holds }),
      )
    } else if (kind < 80) {
      const states = (await model.budgets()).budgets
      const batch = Array.from({ length: below(4) }, () =>
        records.length > 0 && chance() < 0.15
          ? of(records)
          : record(`${seed}-${records.length}-${count}-${below(1e9)}`, states, chance, pair.model.epoch),
      )
      records.push(...batch)
      const from: DrainOffset =
        chance() < 0.9 ? pair.model.drained : { segment: below(3), offset: below(200) }
      const to = { segment: from.segment + below(2), offset: from.offset + 1 + below(100) }
      const retires = chance() < 0.1 ? { retires: epoch } : {}
      const [reply] = await both(
        `settle ${pairs.indexOf(pair)} ${JSON.stringify(batch.map(({ id, charges }) => [id, charges]))} ${JSON.stringify([from, to, retires])}`,
        (ledger, side) => ledger.settle({ holder: pair[side].holder, from, to, records: batch, ...retires }),
      )
      const drained = reply.kind === 'settled' ? to : reply.at
      Object.assign(pair, { model: { ...pair.model, drained }, tried: { ...pair.tried, drained } })
    } else if (kind < 84) {
      const ms = below(90_000)
      const silent = [
        named(await model.expire(ms), pairs, 'model'),
        named(await tried.expire(ms), pairs, 'tried'),
      ] as const
      done.push(`expire ${ms}`)
      expect(silent[1]).toEqual(silent[0])
    } else if (kind < 87)
      await both(`reconcile ${pairs.indexOf(pair)} before ${epoch}`, (ledger, side) =>
        ledger.reconcile(pair[side].holder, epoch),
      )
    else if (kind < 88)
      await both(`adopt ${pairs.indexOf(pair)}`, (ledger, side) => ledger.adopt(pair[side].holder))
    else if (kind < 90) {
      const action = chance() < 0.5 ? 'write-off' : 'release'
      const silentMs = below(120_000)
      await both(`${action} ${pairs.indexOf(pair)} after ${silentMs}`, (ledger, side) =>
        ledger.decide({ action, holder: pair[side].holder, silentMs, by: 'admin' }),
      )
    } else if (kind < 92) {
      const ages = { idleMs: below(3_600_000), keepMs: chance() < 0.3 ? below(7_200_000) : 90 * 86_400_000 }
      await both(`sweep ${JSON.stringify(ages)}`, (ledger) => ledger.sweep(ages))
    } else if (kind < 94) {
      await configure(pair, false)
    } else if (kind < 97) {
      const ms = below(chance() < 0.5 ? 60_000 : 3_600_000)
      clock.advance(ms)
      done.push(`${ms} ms pass`)
    } else clock.jump(below(1_200_000) - 600_000)
    await both(`standing of ${pairs.indexOf(pair)}`, async (ledger, side) => {
      const { nonce: _, ...standing } = (await ledger.holder(pair[side].holder))!
      return standing
    })
    await both('configured', (ledger, side) => ledger.configured(pair[side].holder))
    await both('budgets', (ledger) => ledger.budgets({ isOverIncluded: true }))
    await both('a second page of budgets', async (ledger) => {
      const { next } = await ledger.budgets({ limit: 1 })
      return ledger.budgets({ limit: 2, ...(next && { after: next }) })
    })
  }
}

const names = ['hour', 'day', 'month', 'all', 'run#one', 'run#two', 'day#=a', 'hour#=b']

/** Sometimes one is missing. */
function budgets(chance: Chance): BudgetDeclaration[] {
  const all = [
    { id: 'hour', per: 'hour', zone: 'Asia/Kathmandu' },
    { id: 'day', per: 'day', zone: 'America/St_Johns' },
    { id: 'month', per: 'month', zone: 'Europe/Berlin' },
    { id: 'all', per: 'total', zone: 'UTC' },
    { id: 'run', per: 'run', zone: 'UTC' },
  ] as const
  return all
    .filter(() => chance() > 0.05)
    .map(({ id, per, zone }) => ({
      id,
      per,
      zone,
      cap: BigInt(Math.floor(chance() * 200)),
      isHard: chance() < 0.8,
    }))
}

function record(id: string, states: readonly BudgetState[], chance: Chance, epoch: number): ExchangeRecord {
  const charges: Charge[] = []
  for (const { budget, window } of states) {
    if (chance() > 0.3 || window === undefined) continue
    const charge: Charge = { bucket: budget, window, amount: String(Math.floor(chance() * 40)) }
    if (chance() < 0.8) charge.epoch = 1 + Math.floor(chance() * epoch)
    if (chance() < 0.2) charge.basis = chance() < 0.5 ? 'bound' : 'estimated'
    if (chance() < 0.1) charge.forgiven = String(Math.floor(chance() * 10))
    charges.push(charge)
  }
  // a soft budget is charged before its window was requested
  if (chance() < 0.05) charges.push({ bucket: 'month', window: '2026-09-30T22:00:00.000Z', amount: '7' })
  return {
    id,
    at: Date.UTC(2026, 10, 23),
    kind: 'model.generate',
    resource: { kind: 'model', name: 'fast' },
    dialect: 'openai-chat',
    isStream: false,
    outcome: 'ok',
    status: 200,
    attempts: [],
    charges,
    requestBytes: 1,
    replyBytes: 1,
    times: { gateMs: 0, totalMs: 1 },
  }
}

type Named = Pick<HoldState, 'budget' | 'window'>
const byName = (a: Named, b: Named) => compareText(`${a.budget}\n${a.window}`, `${b.budget}\n${b.window}`)
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function jsonBig(this: object, name: string, value: unknown) {
  // each ledger chooses its own ids and the increment of a bucket's version
  if ((name === 'version' && !('rulesSince' in this)) || name === 'holder') return undefined
  if (typeof value === 'bigint') return `${value}n`
  return value === Infinity ? 'forever' : value === -Infinity ? 'ever' : value
}

/** The buckets of a response whose version changed since it was last seen. */
function changed(response: unknown, seen: Map<string, number>): string[] {
  if (typeof response !== 'object' || response === null) return []
  const { holds = [], short = [] } = response as { holds?: HoldState[]; short?: HoldState[] }
  const buckets: string[] = []
  for (const { budget, window, version } of [...holds, ...short]) {
    const name = `${budget}\n${window}`
    if (seen.get(name) !== version) buckets.push(name)
    seen.set(name, version)
  }
  return buckets
}

/**
 * Without what each ledger may choose: the timeline's name, the order of a renewal's list, and version
 * increments.
 */
function plain(response: unknown): unknown {
  if (typeof response !== 'object' || response === null || Array.isArray(response)) return response
  const { timeline: _, ...rest }: { timeline?: unknown; holds?: unknown } = response
  // each ledger chooses the order of a renewal's list; the other lists follow the request
  if ('kind' in response && response.kind === 'renewed' && Array.isArray(rest.holds))
    rest.holds = rest.holds.toSorted((a: HoldState, b: HoldState) => byName(a, b))
  return sorted(rest)
}

/** Sorts members by name, at every depth. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([name, member]) => [name, sorted(member)]),
  )
}

const strip = ({ epoch, drained, now }: Registration) => ({ epoch, drained, now })
const named = (ids: readonly string[], pairs: readonly Pair[], side: 'model' | 'tried') =>
  ids.map((id) => pairs.findIndex((pair) => pair[side].holder === id)).toSorted((a, b) => a - b)
const of0 = <Item>(items: readonly Item[]): Item => items[0]!
