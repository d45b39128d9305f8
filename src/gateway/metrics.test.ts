import { expect, test } from 'bun:test'
import type { ExchangeRecord } from '../contract/record.ts'
import { createMetrics } from './metrics.ts'

const record = (target: string): ExchangeRecord => ({
  id: 'x',
  at: 0,
  kind: 'model.generate',
  resource: { kind: 'model', name: 'm' },
  dialect: 'openai-chat',
  isStream: false,
  target,
  outcome: 'ok',
  status: 200,
  attempts: [],
  requestBytes: 0,
  replyBytes: 0,
  times: { gateMs: 0, totalMs: 0 },
})

test('when there are as many series as are kept, those that are known count on and only new ones share one', () => {
  const counted = createMetrics(() => true)
  const providers = 40
  for (let provider = 0; provider < providers; provider += 1)
    for (let model = 0; model < 300; model += 1) counted.count(record(`p${provider}/m${model}`))
  counted.count(record('p0/m0'))
  counted.count(record(`p${providers - 1}/m0`))
  const text = counted.render()
  expect(text).toMatch(/gatehouse_exchanges_total\{[^}]*target="p0\/m0"[^}]*\} 2\n/)
  const sum = [...text.matchAll(/^gatehouse_exchanges_total\{.*\} (\d+)$/gm)].reduce(
    (total, [, count]) => total + Number(count),
    0,
  )
  expect(sum).toBe(providers * 300 + 2)
  expect(text.match(/^gatehouse_exchanges_total\{kind="other"\}/gm)).toHaveLength(1)
})

test('models that the configuration does not name share one label of their provider', () => {
  const counted = createMetrics((target) => target === 'p/known')
  for (const name of ['known', 'invented', 'invented too']) counted.count(record(`p/${name}`))
  const labels = [
    ...counted.render().matchAll(/^gatehouse_exchanges_total\{.*target="([^"]*)".*\} (\d+)$/gm),
  ].map(([, target, count]) => [target, count])
  expect(labels).toEqual([
    ['p/known', '1'],
    ['p/(other)', '2'],
  ])
})
