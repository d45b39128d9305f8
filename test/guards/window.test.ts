import { describe, expect, test } from 'bun:test'
import { growth } from '../growth.ts'
import { GatewayError } from '../../src/contract/errors.ts'
import type { GuardKind } from '../../src/gateway/inspect/index.ts'
import { z } from 'zod'
import { bench, guard, nothingInspected } from './harness.ts'
import { type FakeReply, done, ping, replyOf, text, textsOf, toolArguments, whole } from './reply.ts'

const vault = new Map([['<EMAIL_1>', 'ada@example.com']])

/** The rejection of a call, as the gateway's own error. */
async function refusal(call: Promise<unknown>): Promise<GatewayError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof GatewayError)) throw new Error(`expected a GatewayError, got ${String(thrown)}`)
  return thrown
}

describe('placeholders', () => {
  test('placeholders are restored at any cut of the stream', async () => {
    const source = 'Write to <EMAIL_1>, not to <EMAIL_2> or <b>.'
    for (let first = 0; first <= source.length; first += 1) {
      for (const second of [first, first + 1, first + 4, source.length]) {
        const parts = [source.slice(0, first), source.slice(first, second), source.slice(second)]
        const run = bench([])
        const released = await run.pull([...parts.map((part) => text(part)), done], nothingInspected(vault))
        expect(textsOf(released)['choice/0/text']).toBe('Write to ada@example.com, not to <EMAIL_2> or <b>.')
        expect(run.notes.isRedacted).toBe(true)
      }
    }
  })

  test('restored values are escaped in tool arguments, and placeholders are found after escapes', async () => {
    const quoted = new Map([['<NAME_1>', 'Ada "the"\nCountess \\']])
    const source = String.raw`{"to":"\u003cNAME_1\u003e","cc":["x <NAME_1> y"]}`
    for (let cut = 0; cut <= source.length; cut += 1) {
      const released = await bench([]).pull(
        [toolArguments(source.slice(0, cut)), toolArguments(source.slice(cut)), done],
        nothingInspected(quoted),
      )
      expect(JSON.parse(textsOf(released)['choice/0/tool/0'] ?? '')).toEqual({
        to: 'Ada "the"\nCountess \\',
        cc: ['x Ada "the"\nCountess \\ y'],
      })
    }
  })

  test('text that only begins like a placeholder is not held back', async () => {
    const response = replyOf([text('a < b'), text(' and <EM'), text('PTY> c'), done])
    const source = bench([]).inspector.guardResponse(response, nothingInspected(vault), bench([]).notes)
    await source.next()
    expect(response.pulled).toBe(1)
    await source.next()
    expect(response.pulled).toBe(3)
  })
})

describe('a block in the middle of a stream', () => {
  test('a block releases no character of the blocked text, and everything judged before', async () => {
    const source = 'Sure, the card is 4111 1111 1111 1111, keep it safe.'
    for (let size = 1; size < 24; size += 1) {
      const events = source.match(new RegExp(`.{1,${size}}`, 'g'))?.map((part) => text(part)) ?? []
      const run = bench([guard('block')])
      const error = await refusal(run.pull([...events, done]))
      expect(error.code).toBe('guard-blocked')
      expect(error.details.rule).toBe('personal-data')
      expect(error.message).toContain('pii/card')
      expect(error.message).not.toContain('4111')
      const released = textsOf(run.released)['choice/0/text'] ?? ''
      expect(released).not.toContain('4')
      expect('Sure, the card is '.startsWith(released)).toBe(true)
      if (size === 1) expect(released).toBe('Sure, the card is ')
      expect(run.notes.findings).toEqual({ response: { 'pii/card': 1 } })
    }
  })

  test('a block cancels the upstream and ends the stream', async () => {
    const response: FakeReply = replyOf([text('a@b.co '), text('more'), done])
    const run = bench([guard('block')])
    const source = run.inspector.guardResponse(response, nothingInspected(), run.notes)
    await refusal(source.next())
    expect(response.isCanceled).toBe(true)
    expect(await source.next()).toBeUndefined()
  })
})

describe('events', () => {
  test('events keep their order and number, including events without text', async () => {
    const events = [
      ping,
      text('mail a'),
      ping,
      text('da@exam'),
      text('b', 1),
      ping,
      text('ple.com now'),
      text('c', 1),
      done,
    ]
    const run = bench([guard('redact')])
    const released = await run.pull(events)
    expect(
      released.map((piece) =>
        piece.pieces ? piece.pieces.map(({ channel }) => channel).join() : piece.bytes,
      ),
    ).toEqual(
      events.map((piece) =>
        piece.pieces ? piece.pieces.map(({ channel }) => channel).join() : String(piece.bytes),
      ),
    )
    expect(textsOf(released)).toEqual({ 'choice/0/text': 'mail [email] now', 'choice/1/text': 'bc' })
    expect(String(released[1]?.bytes)).toBe(String(text('mail [email]').bytes))
    expect(String(released[3]?.bytes)).toBe(String(text('').bytes))
  })

  test('events of prose are released one word late', async () => {
    const words = 'The quick brown fox jumps over the lazy dog and goes home to sleep '.split(/(?= )/)
    const response = replyOf([...words.map((word) => text(word)), done])
    const run = bench([guard('redact')])
    const source = run.inspector.guardResponse(response, nothingInspected(vault), run.notes)
    for (let released = 1; released < words.length; released += 1) {
      await source.next()
      expect(response.pulled).toBeLessThanOrEqual(released + 1)
    }
  })

  test('unchanged events are the same objects', async () => {
    const events = [text('nothing here, '), text('nor here.'), done]
    const run = bench([guard('redact')])
    const released = await run.pull(events)
    expect(released.every((piece, index) => piece === events[index])).toBe(true)
    expect(run.notes).toMatchObject({ findings: undefined, isRedacted: false })
  })

  test('the last piece of a channel ends it, so that no event waits longer', async () => {
    const last = text('ada')
    const response = replyOf([
      { ...last, pieces: (last.pieces ?? []).map((piece) => Object.assign(piece, { isLast: true })) },
      ping,
      done,
    ])
    const run = bench([guard('redact')])
    await run.inspector.guardResponse(response, nothingInspected(), run.notes).next()
    expect(response.pulled).toBe(1)
  })

  test('all events leave with the terminal event, before the upstream is pulled again', async () => {
    const response = replyOf([text('ada'), text(' 4111', 1), done])
    const run = bench([guard('redact')])
    const source = run.inspector.guardResponse(response, nothingInspected(), run.notes)
    for (const _ of [1, 2, 3]) expect(await source.next()).toBeDefined()
    expect(response.pulled).toBe(3)
  })

  test('overlapping matches of two guards show the replacement of the first guard', async () => {
    const pattern = (name: string, source: string) =>
      guard('redact', { name, kind: 'patterns', options: { patterns: { [name]: source } } })
    const source = 'xx abcdef yy'
    for (let cut = 0; cut <= source.length; cut += 1) {
      const released = await bench([pattern('late', 'cdef'), pattern('early', 'abcd')]).pull([
        text(source.slice(0, cut)),
        text(source.slice(cut)),
        done,
      ])
      expect(textsOf(released)['choice/0/text']).toBe('xx [early] yy')
    }
  })

  test('events before an upstream failure are judged and delivered before the failure', async () => {
    const pieces = [text('to ada@exam'), text('ple.com')]
    const response = {
      next: async () => pieces.shift() ?? Promise.reject(new GatewayError('upstream-cut', 'cut')),
      cancel: async () => {},
    }
    const run = bench([guard('redact')])
    const source = run.inspector.guardResponse(response, nothingInspected(), run.notes)
    const released = [await source.next(), await source.next()].flatMap((piece) => piece ?? [])
    expect(textsOf(released)).toEqual({ 'choice/0/text': 'to [email]' })
    expect((await refusal(source.next())).code).toBe('upstream-cut')
  })

  test('events of a stream without an end are judged as they are', async () => {
    expect(textsOf(await bench([guard('redact')]).pull([text('to ada@exam'), text('ple.com')]))).toEqual({
      'choice/0/text': 'to [email]',
    })
  })
})

test('a complete text that repeats its deltas is changed in the same way', async () => {
  const run = bench([guard('redact')])
  const released = await run.pull([
    text('I am a'),
    text('da@example.com'),
    whole('I am ada@example.com'),
    done,
  ])
  expect(textsOf(released)).toEqual({
    'choice/0/text': 'I am [email]',
    'choice/0/text whole': 'I am [email]',
  })
})

test('a redacted number outside a string leaves valid JSON', async () => {
  const source = '{"card":4111111111111111,"note":"call +49 30 12345678","s":"4111111111111111"}'
  const released = await bench([guard('redact')]).pull([
    toolArguments(source.slice(0, 15)),
    toolArguments(source.slice(15)),
    done,
  ])
  expect(textsOf(released)['choice/0/tool/0']).toBe('{"card":"[card]","note":"call [phone]","s":"[card]"}')
  const part = await bench([
    guard('redact', { kind: 'patterns', options: { patterns: { middle: '23' } } }),
  ]).pull([toolArguments('{"n":1234,"m":"23"}'), done])
  expect(textsOf(part)['choice/0/tool/0']).toBe('{"n":1994,"m":"[middle]"}')
})

test('the released text just before the waiting text still counts for word edges', async () => {
  const words = guard('redact', { kind: 'patterns', options: { words: ['heron'] } })
  for (let length = 100; length < 280; length += 1) {
    const source = `${'-'.repeat(length)}xheron heron`
    const released = await bench([words]).pull(Array.from(source, (character) => text(character)))
    expect(textsOf(released)['choice/0/text']).toBe(`${'-'.repeat(length)}xheron [words]`)
  }
})

test('an escape that is cut in half is read as one', async () => {
  const source = String.raw`{"a":"x\nada\u0040example.com\n"}`
  for (let cut = 0; cut <= source.length; cut += 1) {
    const released = await bench([guard('redact')]).pull([
      toolArguments(source.slice(0, cut)),
      toolArguments(source.slice(cut)),
      done,
    ])
    expect(textsOf(released)['choice/0/tool/0']).toBe(String.raw`{"a":"x\n[email]\n"}`)
  }
})

describe('output that cannot be judged is not passed on', () => {
  test('more waiting text than the bound is refused', async () => {
    const endless = Array.from({ length: 200 }, () => text('\u200b1 \u200b1'))
    const run = bench([guard('redact')], [], undefined, 4096)
    const events = [text('4111'), ...Array.from({ length: 400 }, () => text('\u200b'.repeat(50))), ...endless]
    expect((await refusal(run.pull(events))).code).toBe('guard-failed')
    expect(run.released).toEqual([])
  })

  test('output without readable pieces is refused', async () => {
    expect(
      (
        await refusal(
          bench([guard('flag')]).pull([{ bytes: 'x', hasOutput: true, outputLength: 1, isTerminal: false }]),
        )
      ).code,
    ).toBe('guard-failed')
  })

  test('a change that the event does not support is refused', async () => {
    const fixed = text('ada@example.com ')
    delete fixed.edit
    expect((await refusal(bench([guard('redact')]).pull([fixed, done]))).code).toBe('guard-failed')
  })
})

describe('remote guards', () => {
  const remote = (
    find: (text: string) => Promise<{ label: string; start: number; end: number }[]>,
  ): GuardKind => ({
    kind: 'remote',
    options: z.unknown(),
    labels: () => ['harm/insult'],
    // judges each sentence separately
    create: () => ({
      context: 0,
      find: (read, _kind, from) =>
        find(read.slice(from)).then((found) =>
          found.map(({ label, start, end }) => ({ label, start: start + from, end: end + from })),
        ),
      settled: (read) => read.lastIndexOf('.') + 1,
    }),
  })
  const rule = guard('redact', { name: 'harm', kind: 'remote', timeoutMs: 500 })
  const insults = async (read: string) =>
    [...read.matchAll(/fool/g)].map((match) => ({
      label: 'harm/insult',
      start: match.index,
      end: match.index + 4,
    }))

  test('the window waits for remote guards and holds back text that they have not judged', async () => {
    const run = bench(
      [rule, guard('redact')],
      [],
      [remote(insults), ...(await import('../../src/gateway/inspect/index.ts')).guardKinds],
    )
    const released = await run.pull([text('You fo'), text('ol. Mail a@b.co '), text('please.'), done])
    expect(textsOf(released)).toEqual({ 'choice/0/text': 'You [insult]. Mail [email] please.' })
    expect(run.notes.findings).toEqual({ response: { 'harm/insult': 1, 'pii/email': 1 } })
  })

  test('remote guards that do not respond in time fail closed, or open with a flag', async () => {
    const never = remote(() => new Promise(() => {}))
    for (const [onError, expected] of [
      ['closed', 'guard-failed'],
      ['open', undefined],
    ] as const) {
      const run = bench([{ ...rule, onError }], [], [never])
      const pulling = run.pull([text('One.'), done]).then(
        () => undefined,
        (error: unknown) => error,
      )
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
      expect(run.released).toEqual([])
      run.clock.advance(501)
      const thrown = await pulling
      expect(thrown instanceof GatewayError ? thrown.code : thrown).toBe(expected)
      expect(run.notes.policies ?? []).toEqual(onError === 'open' ? [{ name: 'harm', effect: 'flag' }] : [])
    }
  })

  test('a failed remote guard refuses the response, and its reason does not reach the caller', async () => {
    const run = bench([rule], [], [remote(() => Promise.reject(new Error('secret-host:443 refused')))])
    const error = await refusal(run.pull([text('One.'), done]))
    expect(error.code).toBe('guard-failed')
    expect(error.message).not.toContain('secret-host')
    expect(String(error.details.cause)).toContain('secret-host')
  })
})

test('an event at the end of a long stream costs the same as one at its beginning', async () => {
  const sentence = 'Some ordinary prose, of the kind that models write all day, without numbers. '
  const parts = sentence.match(/.{1,4}/g) ?? []
  const stream = (sentences: number) => {
    const events = Array.from({ length: sentences }, () => parts.map((part) => text(part))).flat()
    return bench([guard('redact')]).pull(events, nothingInspected(vault))
  }
  // eight times the stream: linear is 8, quadratic 64
  expect(await growth(stream, 200, 1600, 24)).toBeLessThan(24)
})
