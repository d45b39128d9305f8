// A long request is read in slices. The findings are the same as for the whole text, other work runs between
// slices, and a client that leaves stops the reading. The tests count slices, so a busy machine does not
// change the result.

import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/contract/errors.ts'
import { foldOnce } from '../../src/gateway/inspect/guards/fold.ts'
import { guardKinds, createInspector } from '../../src/gateway/inspect/index.ts'
import { sliceLength } from '../../src/gateway/inspect/slices.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { guard, nothingInspected, operationOf, situation, subject, textsOfOperation } from './harness.ts'
import { replyOf, textsOf, whole } from './reply.ts'

const rules = [
  guard('redact'),
  guard('redact', {
    name: 'house',
    kind: 'patterns',
    options: {
      patterns: { host: '[a-z0-9-]+\\.corp\\.example', block: 'BEGIN.*?END' },
      words: ['blue heron'],
      reach: 200,
    },
  }),
]

function bench(check?: (turn: number) => void) {
  let turns = 0
  const made = createInspector({
    snapshot: { guards: rules, policies: [] },
    clock: createFakeClock(),
    nextTurn: async () => void (turns += 1),
  })
  const exchange = {
    id: 'x',
    run: 'run_x',
    caller: { subject },
    opening: { peer: { address: '203.0.113.9' } },
  }
  const notes = { exchange, findings: undefined, policies: undefined, isRedacted: false }
  return {
    turns: () => turns,
    inspect: (texts: Record<string, string>) =>
      made.inspectRequest(operationOf(texts), situation, notes, () => check?.(turns)),
  }
}

/** Every guard reads the whole text at once. */
function readWhole(text: string): string[] {
  const folded = foldOnce(text)
  return rules
    .flatMap((rule) => {
      const kind = guardKinds.find((candidate) => candidate.kind === rule.kind)
      const found = kind?.create(rule.options).find(text, 'text', 0, folded)
      return Array.isArray(found) ? found.map(({ label, start, end }) => `${label} ${start} ${end}`) : []
    })
    .sort()
}

const planted = [
  'ada@example.com',
  '4111 1111 1111 1111',
  '4111\t1111\t1111\t1111',
  'DE89 | 3704 | 0044 | 0532 | 0130 | 00',
  '４１１１１１１１１１１１１１１１',
  '4\u0301111111111111111',
  '+49 30 12345678',
  'wiki.corp.example',
  'Blue  heron',
  `BEGIN ${'x '.repeat(80)}END`,
  'card: 41 11 11 11 11 11 11 11',
]

describe('a text of several slices', () => {
  test('a value is found in a long text for any end of a slice', async () => {
    for (const value of planted) {
      for (let shift = 0; shift <= value.length + 2; shift += 1) {
        const text = `${'so it goes. '.repeat(sliceLength / 10).slice(0, sliceLength - shift)} ${value} and on ${'it goes. '.repeat(400)}`
        const inspected = await bench().inspect({ text })
        const found = inspected.findings.map(({ label, start, end }) => `${label} ${start} ${end}`).sort()
        expect({ value, shift, found }).toEqual({ value, shift, found: readWhole(text) })
        expect(found.length).toBeGreaterThan(0)
      }
    }
  }, 120_000)

  test('a long text is changed only at the found values, in plain texts and in tool arguments', async () => {
    const text = `${'so it goes. '.repeat(12_000)}ada@example.com${' and on'.repeat(20_000)}`
    const inspected = await bench().inspect({ text, arguments: JSON.stringify({ text }) })
    const texts = textsOfOperation(inspected.operation)
    expect(texts['text']).toBe(text.replace('ada@example.com', '[email]'))
    expect(texts['arguments']).toBe(JSON.stringify({ text: text.replace('ada@example.com', '[email]') }))
  })

  test('other work runs after every slice of a long text', async () => {
    const run = bench()
    await run.inspect({ text: 'so it goes. '.repeat(100_000) })
    expect(run.turns()).toBeGreaterThanOrEqual(Math.floor(1_200_000 / sliceLength))
  })

  test('other work runs between many short texts', async () => {
    const run = bench()
    await run.inspect(
      Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`text/${index}`, 'so it goes'])),
    )
    expect(run.turns()).toBeGreaterThanOrEqual(20)
  })

  test('the reading of a long text stops when the client has left', async () => {
    const gone = new GatewayError('client-gone', 'gone')
    const run = bench((turn) => {
      if (turn === 3) throw gone
    })
    const reading = Promise.resolve(run.inspect({ text: 'so it goes. '.repeat(100_000) }))
    expect(await reading.catch((thrown: unknown) => thrown)).toBe(gone)
    expect(run.turns()).toBe(3)
  })

  test('a long text of a response is read in slices', async () => {
    let turns = 0
    const nextTurn = async () => void (turns += 1)
    const made = createInspector({
      snapshot: { guards: rules, policies: [] },
      clock: createFakeClock(),
      nextTurn,
    })
    const exchange = {
      id: 'x',
      run: 'run_x',
      caller: { subject },
      opening: { peer: { address: '203.0.113.9' } },
    }
    const notes = { exchange, findings: undefined, policies: undefined, isRedacted: false }
    const text = `${'so it goes. '.repeat(40_000)}ada@example.com${' and on'.repeat(20_000)}`
    const source = made.guardResponse(replyOf([whole(text)]), nothingInspected(), notes)
    const piece = await source.next()
    expect(piece && textsOf([piece])['choice/0/text whole']).toBe(text.replace('ada@example.com', '[email]'))
    expect(turns).toBeGreaterThanOrEqual(Math.floor(text.length / sliceLength))
  })

  test('the content of a long request is used only after it was read ahead in steps', async () => {
    const asked: string[] = []
    const operation = operationOf({ text: 'so it goes' })
    const content = operation.content()
    const long = Object.assign(operation, {
      content: () => (asked.push('content'), content),
      async readAhead(what: string, pause: () => Promise<void>) {
        await pause()
        asked.push(`read ahead: ${what}`)
      },
    })
    const made = createInspector({
      snapshot: { guards: rules, policies: [] },
      clock: createFakeClock(),
      nextTurn: async () => void asked.push('turn'),
    })
    await made.inspectRequest(long, situation, {
      findings: undefined,
      policies: undefined,
      isRedacted: false,
    })
    expect(asked).toEqual(['turn', 'read ahead: content', 'content'])
  })

  test('a short text is read at once', () => {
    const run = bench()
    expect(run.inspect({ text: 'so it goes. '.repeat(1000) })).not.toBeInstanceOf(Promise)
    expect(run.turns()).toBe(0)
  })
})
