import { expect, test } from 'bun:test'
import { Breaker, usualBreaker } from './breaker.ts'

const opened = () => {
  const one = new Breaker()
  for (let index = 0; index < usualBreaker.failuresInRow; index += 1) one.noteFailure(0)
  return one
}

test('a breaker opens after failures in a row and admits nothing', () => {
  const one = opened()
  expect(one.state(1)).toBe('open')
  expect(one.admit(1)).toBe(false)
  expect(one.waitMs(1)).toBe(usualBreaker.restMs - 1)
})

test('a success between failures starts the count anew', () => {
  const one = new Breaker()
  for (let round = 0; round < 4; round += 1) {
    one.noteFailure(0)
    one.noteFailure(0)
    one.noteSuccess(0)
  }
  expect(one.state(0)).toBe('closed')
})

test('a bad share of the window opens although successes lie between', () => {
  const one = new Breaker()
  for (let round = 0; round < usualBreaker.leastCalls; round += 1) {
    one.noteFailure(round)
    one.noteSuccess(round)
  }
  one.noteFailure(30)
  expect(one.state(31)).toBe('open')
})

test('after the pause exactly one probe is sent', () => {
  const one = opened()
  expect(one.admit(usualBreaker.restMs)).toBe(true)
  expect(one.admit(usualBreaker.restMs)).toBe(false)
})

test('a good probe closes', () => {
  const one = opened()
  one.admit(usualBreaker.restMs)
  one.noteSuccess(usualBreaker.restMs)
  expect(one.state(usualBreaker.restMs)).toBe('closed')
  expect(one.admit(usualBreaker.restMs)).toBe(true)
})

test('a bad probe rests twice as long, up to a bound', () => {
  const one = opened()
  let now = 0
  const waits: number[] = []
  for (let round = 0; round < 7; round += 1) {
    now += one.waitMs(now)
    one.admit(now)
    one.noteFailure(now)
    waits.push(one.waitMs(now))
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000])
})

test('a probe without a result allows the next one', () => {
  const one = opened()
  one.admit(usualBreaker.restMs)
  one.endProbe()
  expect(one.admit(usualBreaker.restMs)).toBe(true)
})

test('a rate-limited target pauses for the requested time, without a failure', () => {
  const one = new Breaker()
  one.rest(100, 2_000)
  expect(one.admit(2_099)).toBe(false)
  expect(one.admit(2_100)).toBe(true)
  expect(one.state(2_100)).toBe('closed')
})
