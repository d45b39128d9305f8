// Active budgets: concurrent changes, an unresponsive store, a store with newer budgets, and the cost of one
// key's change.

import { expect, test } from 'bun:test'
import type { BudgetChange } from '../contract/budgets.ts'
import type { KeyEntry } from '../contract/directory.ts'
import type { BudgetRule, Snapshot } from '../contract/snapshot.ts'
import { type Ledger, StoreDown } from '../contract/stores.ts'
import { createDirectory } from '../gateway/identify/directory.ts'
import { createFakeClock } from '../kit/fake-clock.ts'
import { createJsonLog } from '../kit/log.ts'
import { memoryLedger } from '../storage/memory/index.ts'
import { BudgetActivator } from './budget-activator.ts'

const budget = (id: string, amount: number): BudgetRule => ({
  id,
  unit: 'tokens',
  amount: String(amount),
  per: 'total',
  zone: 'UTC',
  isHard: true,
  capsOutput: false,
})
const rules = (...list: BudgetRule[]) =>
  ({
    version: list.map(({ amount }) => amount).join(),
    teams: { t: { budgets: list } },
  }) as unknown as Snapshot
const key = (id: string, amount?: number) =>
  ({
    id,
    owner: 'admin',
    secrets: [],
    ...(amount !== undefined && { budgets: [budget(`key/${id}/total/tokens`, amount)] }),
  }) as unknown as KeyEntry

/** One installation: a ledger, and nodes that start and stop. */
function installation() {
  const clock = createFakeClock()
  let made = 0
  const truth = memoryLedger({ clock, newId: () => `h${++made}`, newNonce: () => `n${++made}` })
  const log: string[] = []

  async function node({ isAlone = false, holder = '', keys = [] as KeyEntry[] } = {}) {
    const registered = holder || (await truth.register({ bootId: 'b', proven: [] })).holder
    const entries = createDirectory(keys)
    const asked: (BudgetChange | 'read')[] = []
    const activated: string[] = []
    let gate: Promise<void> | undefined
    let isDown = false
    let losesAnswers = false
    const through = async <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
      await gate
      if (isDown) throw new StoreDown('no answer')
      const answer = await run()
      if (losesAnswers) throw new StoreDown('the answer is lost')
      return answer
    }
    const ledger: Pick<Ledger, 'configured' | 'configure'> = {
      configured(of) {
        asked.push('read')
        return through(() => truth.configured(of))
      },
      configure(change) {
        asked.push(change)
        return through(() => truth.configure(change))
      },
    }
    const activator = new BudgetActivator({
      ledger,
      holder: () => registered,
      admission: { activate: async (snapshot) => void activated.push(snapshot.version), revise() {} },
      keys: entries,
      isAlone,
      clock,
      log: createJsonLog((line) => void log.push(line), clock.now),
    })
    entries.listen((delta, before) => activator.revise(delta, before))
    return {
      put: (snapshot: Snapshot) => activator.put(snapshot),
      settled: () => activator.settled(),
      trouble: () => activator.trouble(),
      stop: () => activator.stop(),
      asked,
      activated,
      holder: registered,
      async run(...list: BudgetRule[]) {
        activator.put(rules(...list))
        await activator.settled()
      },
      async change(entry: KeyEntry) {
        entries.apply({ kind: 'put', key: entry })
        await activator.settled()
      },
      apply: entries.apply,
      wait(until: Promise<void>) {
        gate = until
      },
      goDown: (down: boolean) => void (isDown = down),
      loseAnswers: (loses: boolean) => void (losesAnswers = loses),
    }
  }

  const caps = async () =>
    Object.fromEntries((await truth.budgets()).budgets.map(({ budget: id, cap }) => [id, Number(cap)]))
  return { clock, truth, log, node, caps }
}

const turns = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve()
}

test('a key that changes during the activation of new rules does not restore the old ones', async () => {
  const { node, caps } = installation()
  const here = await node()
  await here.run(budget('a', 1))
  const answer = Promise.withResolvers<void>()
  here.wait(answer.promise)
  here.put(rules(budget('a', 2)))
  await turns()
  here.apply({ kind: 'put', key: key('robot', 5) })
  answer.resolve()
  await here.settled()
  expect(await caps()).toEqual({ a: 2, 'key/robot/total/tokens': 5 })
  expect(here.activated).toEqual(['1', '2'])
})

test('changes in one turn are activated together, and a change of one key sends only its budgets', async () => {
  const { node } = installation()
  const here = await node({ keys: Array.from({ length: 100 }, (_, index) => key(`k${index}`, index)) })
  await here.run(budget('a', 1))
  here.asked.length = 0
  here.apply({ kind: 'put', key: key('k1', 50) })
  here.apply({ kind: 'put', key: key('k2', 60) })
  here.apply({ kind: 'remove', key: 'k3' })
  await here.settled()
  expect(here.asked).toMatchObject([
    {
      ofKeys: {
        isWhole: false,
        put: [
          { id: 'key/k1/total/tokens', cap: 50n },
          { id: 'key/k2/total/tokens', cap: 60n },
        ],
        remove: ['key/k3/total/tokens'],
      },
    },
  ])
  expect(here.asked[0]).not.toHaveProperty('ofRules')
})

test('an edit of the rules sends what differs, and one that leaves the budgets alone asks the ledger nothing', async () => {
  const { node, caps } = installation()
  const here = await node()
  await here.run(budget('a', 1), budget('b', 1), budget('c', 1))
  here.asked.length = 0
  await here.run(budget('a', 1), budget('b', 2))
  expect(here.asked).toMatchObject([
    { ofRules: { isWhole: false, put: [{ id: 'b', cap: 2n }], remove: ['c'] } },
  ])
  await here.run(budget('b', 2), budget('a', 1))
  expect(here.asked).toHaveLength(1)
  expect(here.activated).toEqual(['1,1,1', '1,2', '2,1'])
  expect(await caps()).toEqual({ a: 1, b: 2 })
})

test('a store that is down is asked again until it responds, and callers are not delayed', async () => {
  const { node, clock, log, caps } = installation()
  const here = await node()
  here.goDown(true)
  await here.run(budget('a', 1))
  expect(log.join('')).toContain('budgets could not be activated')
  expect(here.activated).toEqual([])
  here.goDown(false)
  clock.advance(2_000)
  await here.settled()
  const { length } = here.asked
  clock.advance(10_000)
  await here.settled()
  expect(here.asked).toHaveLength(length)
  expect(await caps()).toEqual({ a: 1 })
})

test('nothing is asked any more once it is stopped', async () => {
  const { node, clock } = installation()
  const here = await node()
  here.goDown(true)
  await here.run(budget('a', 1))
  here.stop()
  const { length } = here.asked
  clock.advance(10_000)
  here.apply({ kind: 'put', key: key('robot', 5) })
  await here.settled()
  expect(here.asked).toHaveLength(length)
})

test('a node with older rules takes away nothing that another one published since, says so, and sends no keys', async () => {
  const { node, caps, log } = installation()
  const a = await node()
  const b = await node()
  await a.run(budget('shared', 1_000))
  await b.run(budget('shared', 1_000))
  await a.run(budget('shared', 10), budget('new', 5))
  await b.change(key('robot', 7))
  expect(await caps()).toEqual({ shared: 10, new: 5 })
  expect(b.trouble()).toContain('another node published later')
  expect(log.filter((line) => line.includes('another node published later'))).toHaveLength(1)
  // it has heard of the newer rules: what its operator writes now is newer still, and takes the keys along
  await b.run(budget('shared', 20), budget('new', 5))
  expect(await caps()).toEqual({ shared: 20, new: 5, 'key/robot/total/tokens': 7 })
  expect(b.trouble()).toBeUndefined()
})

test('an edit on a node that did not know of newer rules changes nothing', async () => {
  const { node, caps } = installation()
  const a = await node()
  const b = await node()
  await a.run(budget('shared', 1_000))
  await b.run(budget('shared', 1_000))
  await a.run(budget('shared', 10))
  await b.run(budget('shared', 500))
  expect(await caps()).toEqual({ shared: 10 })
  expect(b.activated).toEqual(['1000'])
  // brought the rules in force, it goes along
  await b.run(budget('shared', 10))
  expect(b.trouble()).toBeUndefined()
  expect(b.activated).toEqual(['1000', '10'])
})

test('a node with older rules detects that its rules are active again', async () => {
  const { node, clock } = installation()
  const a = await node()
  const b = await node()
  await a.run(budget('shared', 1))
  await b.run(budget('shared', 1))
  await a.run(budget('shared', 2))
  await b.change(key('robot', 7))
  expect(b.trouble()).toBeDefined()
  await a.run(budget('shared', 1))
  clock.advance(60_000)
  await b.settled()
  expect(b.trouble()).toBeUndefined()
})

test('a start publishes a file that was edited while the node was down, and never one that is older than what another node published', async () => {
  const { node, caps } = installation()
  const a = await node()
  const b = await node()
  await a.run(budget('shared', 1))
  await b.run(budget('shared', 1))
  b.stop()
  const edited = await node({ holder: b.holder })
  await edited.run(budget('shared', 2))
  expect(await caps()).toEqual({ shared: 2 })
  a.stop()
  const older = await node({ holder: a.holder })
  await older.run(budget('shared', 1))
  expect(await caps()).toEqual({ shared: 2 })
  expect(older.trouble()).toBeDefined()
  // without any rules it could not serve; the ledger grants under its active rules
  expect(older.activated).toEqual(['1'])
  const fresh = await node()
  await fresh.run(budget('shared', 3))
  expect(await caps()).toEqual({ shared: 2 })
})

test('a node that is alone with its store publishes at the start whatever it knows of', async () => {
  const { node, caps } = installation()
  await (await node({ isAlone: true })).run(budget('a', 1))
  await (await node({ isAlone: true })).run(budget('a', 2))
  expect(await caps()).toEqual({ a: 2 })
})

test('keys of two nodes do not undo each other, in whatever order', async () => {
  const { node, caps } = installation()
  const a = await node()
  const b = await node()
  await a.run(budget('t', 1))
  await b.run(budget('t', 1))
  await a.change(key('one', 1))
  await b.change(key('two', 2))
  await a.change(key('three', 3))
  await b.change(key('two', 4))
  expect(await caps()).toEqual({
    t: 1,
    'key/one/total/tokens': 1,
    'key/two/total/tokens': 4,
    'key/three/total/tokens': 3,
  })
})

test('a change whose response was lost is not undone, and later changes are published', async () => {
  const { node, caps, clock } = installation()
  const here = await node()
  await here.run(budget('a', 1))
  here.loseAnswers(true)
  await here.run(budget('a', 2))
  here.put(rules(budget('a', 3)))
  await here.settled()
  expect(await caps()).toEqual({ a: 2 })
  here.loseAnswers(false)
  clock.advance(2_000)
  await here.settled()
  expect(await caps()).toEqual({ a: 3 })
  expect(here.trouble()).toBeUndefined()
})

test('a budget that is removed and comes back goes on from what was spent, under the cap of today', async () => {
  const { node, truth } = installation()
  const here = await node()
  await here.run(budget('a', 100))
  const { holder, epoch } = await truth.register({ bootId: 'c', proven: [] })
  const ask = (seq: number, need: bigint) =>
    truth.acquire({ holder, epoch, seq, needs: [{ budget: 'a', window: 'current', need, want: 0n }] })
  expect(await ask(1, 60n)).toMatchObject({ kind: 'granted' })
  await here.run()
  expect(await ask(2, 1n)).toMatchObject({ kind: 'unknown-budget' })
  await here.run(budget('a', 50))
  // more is out than the cap allows: no grant, and what is free comes back
  expect(await ask(3, 1n)).toMatchObject({
    kind: 'short',
    short: [{ cap: 50n, committed: 60n, isRecalled: true }],
  })
  await here.run(budget('a', 70))
  expect(await ask(4, 10n)).toMatchObject({ kind: 'granted' })
})

test('where a key of the file and one of an administrator have the same budget, the file wins', async () => {
  const { node, caps } = installation()
  const here = await node({ keys: [key('ci', 7)] })
  await here.run(budget('key/ci/total/tokens', 3))
  expect(await caps()).toEqual({ 'key/ci/total/tokens': 3 })
  await here.change(key('ci', 8))
  expect(await caps()).toEqual({ 'key/ci/total/tokens': 3 })
})
