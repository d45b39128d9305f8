// Guards on every door, in front of providers of every dialect. For any kind of text in a response or
// request, and for any cut, no character that a guard redacts or blocks gets through. A failing property
// prints its seed.

import { describe, expect, test } from 'bun:test'
import { array, assert, asyncProperty, boolean, constantFrom, nat, string, tuple } from 'fast-check'
import type { GuardRule } from '../../src/contract/snapshot.ts'
import { pairs, question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { at, placesOf, put } from '../doors/places.ts'
import { type Answer, hello, room } from '../doors/room.ts'
import { isSource, tellers } from '../doors/telling.ts'
import { requests } from '../translation/cases/requests.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`every-door seed ${seed}`)

/** The secret has characters that occur nowhere else. One of them is a surrogate pair. */
const secret = 'Ж秘𝄞Ж秘𝄞'
/** Any of its characters in any spelling, or half of one. */
const ofSecret = /Ж|秘|\ud834|\udd1e|\\+u(?:0416|79d8|d834|dd1e)/i

const guard = (action: GuardRule['action'], on: GuardRule['on']): GuardRule => ({
  name: 'house',
  kind: 'patterns',
  on,
  action,
  onError: 'closed',
  timeoutMs: 1000,
  options: { patterns: { secret }, words: [], reach: 64, ignoreCase: false },
})

function cutAt<Source extends string | Buffer>(source: Source, places: readonly number[]): Source[] {
  const cuts = [...new Set(places.map((place) => place % (source.length + 1)))].sort((a, b) => a - b)
  return [0, ...cuts]
    .map((place, index) => source.slice(place, cuts[index] ?? source.length) as Source)
    .filter((part) => part.length > 0)
}

const kinds = pairs.flatMap(([front, back]) =>
  Object.keys(tellers[back]).map((kind) => [front, back, kind] as const),
)

/** Kinds that every dialect has. No pair may drop them, so a guard must have seen them. */
const carried = new Set([
  'text',
  'arguments of a tool',
  'logprobs next to the text',
  'logprobs after the text',
  'logprobs before the text',
])

const ascii = (text: string) =>
  text.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

describe('text of a response, cut anywhere', () => {
  let response: Answer
  const there = {
    redact: room({ answer: () => response, guards: [guard('redact', ['response'])] }),
    block: room({ answer: () => response, guards: [guard('block', ['response'])] }),
  }
  const cuts = array(nat(), { maxLength: 25 })

  test.each(['redact', 'block'] as const)(
    'nothing that a guard is to %s leaves, in any kind of text, on any door',
    async (action) => {
      await assert(
        asyncProperty(
          constantFrom(...kinds),
          boolean(),
          boolean(),
          tuple(cuts, cuts),
          string({ maxLength: 8 }),
          async ([front, back, kind], isStreaming, isAscii, [deltas, bytes], around) => {
            const plain = `${around} ${secret} ${around}`
            const json = JSON.stringify({ city: plain, list: [1, plain] })
            const text = isSource(back, kind) ? (isAscii ? ascii(json) : json) : plain
            const reported = tellers[back][kind]?.(cutAt(text, deltas))
            if (!reported) throw new Error(`${back} has no ${kind}`)
            response = {
              chunks: isStreaming
                ? cutAt(Buffer.from(reported.stream), bytes)
                : [JSON.stringify(reported.whole)],
              isStream: isStreaming,
            }
            const responses = await there[action].call(
              front,
              back,
              question[front]('Hi', isStreaming),
              isStreaming,
            )
            expect(responses.text).not.toMatch(ofSecret)
            const code = responses.thrown?.code
            if (action === 'redact') {
              expect(code).toBeUndefined()
              if (carried.has(kind)) expect(responses.text).toContain('[secret]')
            } else if (front === back || carried.has(kind)) {
              expect(code).toBe('guard-blocked')
              if (!isStreaming) expect(responses.status).toBe(400)
            } else expect(code).toBeOneOf([undefined, 'guard-blocked'])
          },
        ),
        { numRuns: 700, seed },
      )
    },
  )

  test.each(kinds)(
    '%s ← %s: a guard reads %s in a whole response and in a stream of single letters',
    async (front, back, kind) => {
      const source = isSource(back, kind) ? ascii(JSON.stringify({ city: secret })) : secret
      for (const isStreaming of [true, false]) {
        const reported = tellers[back][kind]?.([...source].flatMap((character) => character.split('')))
        response = {
          chunks: [isStreaming ? (reported?.stream ?? '') : JSON.stringify(reported?.whole)],
          isStream: isStreaming,
        }
        for (const action of ['redact', 'block'] as const) {
          const responses = await there[action].call(
            front,
            back,
            question[front]('Hi', isStreaming),
            isStreaming,
          )
          expect(responses.text).not.toMatch(ofSecret)
          if (action === 'redact') expect(responses.thrown).toBeUndefined()
        }
      }
    },
  )
})

describe('of a request', () => {
  const personal: GuardRule = { ...guard('redact', ['request']), kind: 'pii', options: {} }
  const address = 'ann@example.com'
  const spellings = [
    `x ${address} y`,
    `{"to":"${address}"}`,
    `data:text/plain,${address}`,
    `https://x.example/?q=${address}`,
  ]
  const cases = Object.entries(requests).flatMap(([name, byDialect]) =>
    generateDialects.flatMap((front) => (byDialect[front] ? [[name, front, byDialect[front]] as const] : [])),
  )

  test.each(cases)(
    '%s at the door of %s: no field bypasses the guards, for any provider',
    async (_, front, body) => {
      const there = room({ answer: hello, guards: [personal] })
      for (const path of placesOf(body)) {
        if (typeof at(body, path) !== 'string') continue
        for (const spelling of spellings) {
          for (const back of generateDialects) {
            const responses = await there.call(front, back, put(body, path, spelling))
            expect(responses.status).toBeLessThan(500)
            for (const { path: to, body: sent } of there.sent.splice(0))
              expect(decodeURIComponent(to) + String(Buffer.from(sent))).not.toContain(address)
          }
        }
      }
    },
  )

  test.each(pairs)(
    '%s → %s: hidden values are restored in text and arguments, and never went upstream',
    async (front, back) => {
      for (const isStreaming of [true, false]) {
        for (const kind of ['text', 'arguments of a tool']) {
          const reported = tellers[back][kind]?.([...JSON.stringify({ city: 'of <SECRET_1>, "that"' })])
          const chunks = isStreaming
            ? cutAt(
                Buffer.from(reported?.stream ?? ''),
                Array.from({ length: 99 }, (_, index) => index * 37),
              )
            : [JSON.stringify(reported?.whole)]
          const there = room({
            answer: () => ({ chunks, isStream: isStreaming }),
            guards: [{ ...guard('restore', ['request']), restoreIn: ['arguments'] }],
          })
          const responses = await there.call(
            front,
            back,
            question[front](`Of ${secret}?`, isStreaming),
            isStreaming,
          )
          expect(String(Buffer.from(there.sent[0]?.body ?? ''))).not.toMatch(ofSecret)
          expect(String(Buffer.from(there.sent[0]?.body ?? ''))).toContain('<SECRET_1>')
          expect(responses.text).not.toContain('SECRET_1')
          // in a stream the value may come in parts, but with the same characters
          expect(responses.text.replaceAll(/\\ud834"[^]*?\\udd1e/g, '𝄞')).toContain('Ж')
        }
      }
    },
  )

  test.each(pairs)(
    '%s → %s: blocked text is refused before any provider is called, and flagged text goes upstream',
    async (front, back) => {
      const blocking = room({ answer: hello, guards: [guard('block', ['request'])] })
      const refused = await blocking.call(front, back, question[front](`Of ${secret}?`))
      expect([refused.status, refused.thrown?.code, blocking.sent.length]).toEqual([400, 'guard-blocked', 0])
      expect(refused.text).not.toMatch(ofSecret)
      const flagging = room({ answer: hello, guards: [guard('flag', ['request', 'response'])] })
      expect((await flagging.call(front, back, question[front](`Of ${secret}?`))).status).toBe(200)
      expect(String(Buffer.from(flagging.sent[0]?.body ?? ''))).toContain(secret)
    },
  )
})

test('arguments that are not JSON are masked as plain text', async () => {
  const there = room({
    answer: hello,
    guards: [{ ...guard('redact', ['request']), kind: 'pii', options: {} }],
  })
  const call = {
    id: 'c',
    type: 'function',
    function: { name: 'open', arguments: 'https://x.example/?q=ann@example.com&r=bob@example.com' },
  }
  await there.call('openai-chat', 'openai-chat', {
    model: 'm',
    messages: [{ role: 'assistant', tool_calls: [call] }],
  })
  expect(
    JSON.parse(String(Buffer.from(there.sent[0]?.body ?? ''))).messages[0].tool_calls[0].function.arguments,
  ).toBe('https://x.example/?q=[email]&r=[email]')
})
