import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../../contract/errors.ts'
import { Latency } from '../latency.ts'
import { route } from '../../steps/route.ts'
import { fastest } from './fastest.ts'
import { first } from './first.ts'
import { strategies } from './index.ts'
import type { Choice, TargetView, View } from './strategy.ts'

const choices: readonly Choice[] = ['a', 'b', 'c'].map((target) => ({ target, weight: 1 }))

/** Only the given facts may be read. */
const view = (given: Partial<View>): View =>
  new Proxy(given, {
    get(from, name) {
      if (name in from) return Reflect.get(from, name)
      throw new Error(`${String(name)} was looked at`)
    },
  }) as View

describe('first', () => {
  test('reads nothing, and returns the same list', () => {
    expect(first.order(choices, view({}))).toBe(choices)
  })
})

describe('fastest', () => {
  const order = (known: Readonly<Record<string, Partial<TargetView>>>, chance: readonly number[] = [1]) => {
    const left = [...chance]
    const health = (target: string) => ({
      latencyMs: undefined,
      failuresInRow: 0,
      inFlight: 0,
      ...known[target],
    })
    return fastest
      .order(choices, view({ health, random: () => left.shift() ?? 1 }))
      .map(({ target }) => target)
      .join('')
  }

  test.each<[string, Readonly<Record<string, Partial<TargetView>>>, string]>([
    ['nothing is known: the order of the list', {}, 'abc'],
    [
      'by the time to the first output',
      { a: { latencyMs: 30 }, b: { latencyMs: 10 }, c: { latencyMs: 20 } },
      'bca',
    ],
    ['one that was not seen is tried', { a: { latencyMs: 30 }, b: { latencyMs: 10 } }, 'cba'],
    ['but by one call only', { a: { latencyMs: 30 }, b: { latencyMs: 10 }, c: { inFlight: 1 } }, 'bac'],
    ['and not when it fails', { a: { latencyMs: 30 }, b: { latencyMs: 10 }, c: { failuresInRow: 1 } }, 'bac'],
    [
      'calls that run do not matter where a time is known',
      { a: { latencyMs: 10, inFlight: 9 }, b: { latencyMs: 20 }, c: { latencyMs: 30 } },
      'abc',
    ],
  ])('%s', (_name, known, expected) => expect(order(known)).toBe(expected))

  test('sometimes a target other than the fastest is first', () => {
    const known = { a: { latencyMs: 1 }, b: { latencyMs: 2 }, c: { latencyMs: 3 } }
    expect([0.05, 0.049].map((chance) => order(known, [chance, 0]))).toEqual(['abc', 'bac'])
    expect(order(known, [0, 0.999])).toBe('cab')
  })
})

describe('the latency of a target', () => {
  test('follows a change within some calls, and knows streams and whole responses apart', () => {
    const latency = new Latency()
    expect([latency.of(true), latency.of(false)]).toEqual([undefined, undefined])
    latency.note(false, 5_000)
    for (let call = 0; call < 10; call += 1) latency.note(true, 100)
    expect([latency.of(true), latency.of(false)]).toEqual([100, 5_000])
    latency.note(true, 1_100)
    expect(latency.of(true)).toBe(300)
    for (let call = 0; call < 10; call += 1) latency.note(true, 1_100)
    expect(latency.of(true)).toBeGreaterThan(1_000)
  })
})

test('every strategy has a unique name', () => {
  expect(new Set(strategies.map(({ name }) => name)).size).toBe(strategies.length)
})

test('a name that no strategy has is a fault of ours, not another strategy', () => {
  const plan = { strategy: 'constructor', targets: choices } as unknown as Parameters<typeof route>[2]['plan']
  const nothing = {} as never
  const call = { asked: { direction: 'forward' } } as never
  expect(() => route(nothing, call, { plan, rule: '', ticket: nothing }, nothing)).toThrow(GatewayError)
  expect(() => route(nothing, call, { plan, rule: '', ticket: nothing }, nothing)).toThrow('"constructor"')
})
