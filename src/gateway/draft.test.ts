import { expect, test } from 'bun:test'
import type { AttemptRecord } from '../contract/record.ts'
import type { Reservation } from './admit/index.ts'
import { createDraft, openEntry, seal } from './draft.ts'
import type { Exchange } from './exchange.ts'

// only the fields of a record
const exchange = {
  id: 'x',
  run: 'k:run_x',
  membership: { depth: 0 },
  caller: { subject: { key: 'k', team: 't', teamPath: ['t'], tags: {}, claims: {} } },
  opening: { peer: { address: '127.0.0.1', isLoopback: true }, startedAt: 0 },
  asked: {
    kind: 'model.generate',
    resource: { kind: 'model', name: 'm' },
    dialect: 'openai-chat',
    isStreaming: false,
    bytes: 2,
  },
} as unknown as Exchange

const ended = (number: number, more: Partial<AttemptRecord>): AttemptRecord => ({
  number,
  target: 'p/m',
  startedMs: 0,
  endedMs: 1,
  outcome: 'failed',
  ...more,
})

function after(...attempts: AttemptRecord[]) {
  const made = createDraft(exchange, 0, 'v')
  made.attempts.push(...attempts)
  return made
}

const reservation = { boundNano: 7n, chargesAtBound: () => [] } as unknown as Reservation
const opening = { number: 3, at: 0, target: 'p/m', reservation }

test('an attempt that was free leaves the cost of an exchange known, although its target has no price', () => {
  const record = seal(
    after(ended(1, { costBasis: 'free' }), ended(2, { outcome: 'ok', costBasis: 'usage', costNano: '5' })),
    'ok',
    undefined,
    2,
  )
  expect(record).toMatchObject({ costNano: '5', costBasis: 'usage' })
})

test('an attempt whose price is unknown leaves the cost unknown', () => {
  const record = seal(
    after(
      ended(1, { costBasis: 'estimated' }),
      ended(2, { outcome: 'ok', costBasis: 'usage', costNano: '5' }),
    ),
    'ok',
    undefined,
    2,
  )
  expect(record.costNano).toBeUndefined()
})

test('the cost of earlier attempts is journaled with the next one, so that a crash does not lose it', () => {
  const earlier = after(ended(1, { costBasis: 'usage', costNano: '5' }), ended(2, { costBasis: 'free' }))
  expect(openEntry(earlier, opening).earlier).toMatchObject({ costNano: '5' })
  expect(openEntry(after(ended(1, { costBasis: 'estimated' })), opening).earlier).not.toHaveProperty(
    'costNano',
  )
})
