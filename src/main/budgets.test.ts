// Budgets in force: changes that come together, and a store that does not answer.

import { expect, test } from 'bun:test'
import type { KeyEntry } from '../contract/directory.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import { StoreDown } from '../contract/stores.ts'
import { fakeClock } from '../kit/fake-clock.ts'
import { jsonLog } from '../kit/log.ts'
import { budgets } from './budgets.ts'

const rules = (version: string) => ({ version }) as Snapshot
const key = (id: string) => ({ id }) as KeyEntry

function scene() {
  const clock = fakeClock()
  const log: string[] = []
  const keys: KeyEntry[] = []
  const asked: string[] = []
  const answers: PromiseWithResolvers<void>[] = []
  const made = budgets({
    configure(snapshot, entries) {
      asked.push([snapshot.version, ...Array.from(entries, ({ id }) => id)].join(' '))
      const answer = Promise.withResolvers<void>()
      answers.push(answer)
      return answer.promise
    },
    keys: () => keys,
    clock,
    log: jsonLog((line) => void log.push(line), clock.now),
  })
  const next = async () => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    return answers.shift() ?? Promise.reject(new Error('nothing was asked'))
  }
  return { made, clock, log, keys, asked, next }
}

test('a key that changes while new rules are put in force does not bring back the old ones', async () => {
  const { made, keys, asked, next } = scene()
  made.put(rules('old'))
  ;(await next()).resolve()
  await made.settled()
  made.put(rules('new'))
  const putting = await next()
  keys.push(key('robot'))
  made.revise()
  expect(asked).toEqual(['old', 'new'])
  putting.resolve()
  ;(await next()).resolve()
  await made.settled()
  expect(asked).toEqual(['old', 'new', 'new robot'])
})

test('what changes in one turn is put in force once', async () => {
  const { made, keys, asked, next } = scene()
  keys.push(key('a'))
  made.revise()
  keys.push(key('b'))
  made.revise()
  made.put(rules('first'))
  ;(await next()).resolve()
  await made.settled()
  expect(asked).toEqual(['first a b'])
})

test('a store that is down is asked again until it answers, and whoever waited is not held up', async () => {
  const { made, clock, log, asked, next } = scene()
  made.put(rules('first'))
  ;(await next()).reject(new StoreDown('no answer'))
  await made.settled()
  expect(log.join('')).toContain('budgets could not be put in force')
  clock.advance(2_000)
  ;(await next()).resolve()
  await made.settled()
  clock.advance(10_000)
  await made.settled()
  expect(asked).toEqual(['first', 'first'])
})

test('nothing is asked any more once it is stopped', async () => {
  const { made, clock, asked, next } = scene()
  made.put(rules('first'))
  ;(await next()).reject(new StoreDown('no answer'))
  await made.settled()
  made.stop()
  clock.advance(10_000)
  made.revise()
  await made.settled()
  expect(asked).toEqual(['first'])
})
