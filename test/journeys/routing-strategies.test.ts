// Strategies that depend on the call: its cost at each target, and the recent response times of the targets.

import { describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { said, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes()

async function stage(config: (first: FakeProvider, second: FakeProvider) => string) {
  const first = await newProvider()
  const second = await newProvider()
  const clock = createFakeClock()
  const { gatehouse } = await start({
    config: `providers:
  first: { kind: openai-compatible, url: "${first.url}", key: sk-first }
  second: { kind: openai-compatible, url: "${second.url}", key: sk-second }
${config(first, second)}`,
    clock,
  })
  const ask = async (body: object = {}) => {
    const response = await gatehouse.chat({ model: 'any', max_tokens: 100, messages: said('Hi'), ...body })
    await response.text()
    return {
      target: response.headers.get('x-gatehouse-target'),
      exchange: response.headers.get('x-gatehouse-exchange'),
    }
  }
  return { first, second, clock, ask, gatehouse }
}

describe('cheapest', () => {
  const config = `models:
  any: { strategy: cheapest, targets: [ first/unknown, first/by-call, second/by-token, second/dear ], retry: { attempts: 1 } }
prices:
  first/by-call: { input: 0, output: 0, request: 0.001 }
  second/by-token: { input: 1, output: 1 }
  second/dear: { input: 1000, output: 1000 }`

  test('the cheapest strategy sends a short call to the price per token and a long one to the price per call', async () => {
    const { ask } = await stage(() => config)
    expect((await ask()).target).toBe('second/by-token')
    expect((await ask({ messages: said('word '.repeat(20_000)) })).target).toBe('first/by-call')
  })

  test('with the cheapest strategy a failure falls back to the next price, and an unknown price comes last', async () => {
    const { first, second, ask, gatehouse } = await stage(() => config)
    first.always(behave.error(500))
    second.always(behave.error(500))
    const { attempts } = await gatehouse.record((await ask()).exchange)
    expect(attempts.map(({ target }) => target)).toEqual([
      'second/by-token',
      'first/by-call',
      'second/dear',
      'first/unknown',
    ])
  })

  test('of two targets with the same cost, the cheapest strategy takes the first of the list', async () => {
    const { ask } = await stage(
      () => `models:
  any: { strategy: cheapest, targets: [ second/a, first/b ] }
prices:
  second/a: free
  first/b: { input: 0, output: 0 }`,
    )
    expect((await ask()).target).toBe('second/a')
  })
})

describe('fastest', () => {
  test('the fastest strategy measures each target, then sends nearly all calls to the faster one', async () => {
    const { first, second, clock, ask } = await stage(
      () => 'models:\n  any: { strategy: fastest, targets: [ first/m, second/m ] }',
    )
    const timed = async (provider: FakeProvider, ms: number) => {
      const received = behave.manual()
      provider.next(received)
      const asking = ask()
      await received.started
      clock.advance(ms)
      const body = JSON.stringify(chat.completion('Hi'))
      received.head(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
      received.push(body)
      return (await asking).target
    }
    expect(await timed(first, 500)).toBe('first/m')
    expect(await timed(second, 100)).toBe('second/m')
    let served = 0
    for (let call = 0; call < 40; call += 1) if ((await ask()).target === 'second/m') served += 1
    // one call in twenty goes to another target: expect two of forty; more than twelve happens once in
    // billions of runs
    expect(served).toBeGreaterThan(27)
  })
})
