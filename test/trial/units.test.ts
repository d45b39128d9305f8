// Tools that are priced per image or per request, under budgets: their maximum use is reserved, and their
// actual use is charged.

import { afterEach, describe, expect, test } from 'bun:test'
import { type Trial, startTrial } from './trial.ts'

let trial: Trial | undefined
afterEach(async () => {
  await trial?.stop()
  trial = undefined
})

const team = (budget = '') => `teams:\n  testers: { allow: { tools: ["*/*"] }${budget} }\n`
const hard = (dollars: number) => team(`, budgets: [{ amount: ${dollars}, per: total }]`)
const images = (count: number, used = count) => ({ units: { image: count }, uses: { image: used } })

/** Calls a tool and returns the code of its refusal, or its record. */
async function callTool(name: string, values: Record<string, unknown>) {
  if (!trial) throw new Error('nothing was started')
  const response = await trial.call(name, values)
  const body = (await response.json()) as { error?: { data: { code: string } } }
  return {
    code: body.error?.data.code,
    record: await trial.gatehouse.record(response.headers.get('x-gatehouse-exchange')),
  }
}

describe('an image at 4 cents under a hard budget of 30', () => {
  const config = `prices:\n  tools/draw: { fees: { image: 0.04 } }\n${hard(0.3)}`

  test('three images reserve and cost 12 cents, as often as the budget covers them; the target is not barred', async () => {
    trial = await startTrial(config)
    for (let call = 0; call < 2; call += 1) {
      const { record } = await callTool('tools/draw', images(3))
      expect(record).toMatchObject({
        outcome: 'ok',
        costNano: '120000000',
        costBasis: 'usage',
        usage: { fees: { image: 3 } },
      })
      expect(record.isBoundBroken).toBeUndefined()
    }
    expect((await callTool('tools/draw', images(3))).code).toBe('budget-exhausted')
    expect((await callTool('tools/draw', images(1))).record).toMatchObject({
      outcome: 'ok',
      costNano: '40000000',
    })
  })

  test('unused units are released, and unreported ones are charged at their maximum', async () => {
    trial = await startTrial(config)
    expect((await callTool('tools/draw', images(7, 1))).record).toMatchObject({
      costNano: '40000000',
      costBasis: 'usage',
    })
    expect((await callTool('tools/draw', { units: { image: 6 } })).record).toMatchObject({
      costNano: '240000000',
      costBasis: 'bound',
    })
  })

  test('a unit without a price is refused as unpriced before anything is executed', async () => {
    trial = await startTrial(config)
    expect((await callTool('tools/draw', { units: { image: 1, second: 1 } })).code).toBe('unpriced')
    expect(trial.server.executions).toEqual({})
  })

  test('a tool that uses more units than requested exceeds its bound, and the target is barred', async () => {
    trial = await startTrial(config)
    expect((await callTool('tools/draw', images(1, 2))).record).toMatchObject({
      costNano: '80000000',
      isBoundBroken: true,
    })
    expect((await callTool('tools/draw', images(1))).code).toBe('unpriced')
  })
})

test('without a hard budget a unit without a price makes the cost unknown', async () => {
  trial = await startTrial(`prices:\n  tools/draw: { fees: { image: 0.04 } }\n${team()}`)
  const { record } = await callTool('tools/draw', { units: { second: 9 }, uses: { second: 9 } })
  expect(record).toMatchObject({ outcome: 'ok', usage: { fees: { second: 9 } } })
  expect(record.costNano).toBeUndefined()
})

test('a price per request alone is complete, and a pattern sets it for every tool of a server', async () => {
  trial = await startTrial(`prices:\n  "tools/*": { request: 0.002 }\n  tools/draw: free\n${hard(0.003)}`)
  expect((await callTool('tools/echo', { text: 'hello' })).record).toMatchObject({
    outcome: 'ok',
    costNano: '2000000',
  })
  expect((await callTool('tools/echo', { text: 'hello' })).code).toBe('budget-exhausted')
  expect((await callTool('tools/draw', images(100))).record).toMatchObject({ outcome: 'ok', costNano: '0' })
})
