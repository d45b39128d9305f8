// Goldens of translation: the form of each request at each provider and of each response for each
// client, with the losses.
//
//   goldens/requests/CASE.json   client's dialect → its request, then per provider's dialect what is sent, or
// why it is refused
//   goldens/answers/CASE.json    provider's dialect → its response, the reported facts, then per client's
// dialect the response
//
// After an intended change: `WRITE_GOLDENS=1 bun test test/translation/matrix.test.ts`, then read the
// difference, line by line.

import { describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { GatewayError } from '../../src/contract/errors.ts'
import type { Dialect } from '../../src/traffic/llm/dialect.ts'
import { answers, type AnswerCase } from './cases/answers.ts'
import { requests } from './cases/requests.ts'
import { compact } from './compact.ts'
import { type Answer, translate, type Translated } from './pairs.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'

const isWriting = process.env['WRITE_GOLDENS'] === '1'
const pathOf = (kind: string, name: string) =>
  new URL(`goldens/${kind}/${name}.json`, import.meta.url).pathname

function golden(kind: 'requests' | 'answers', name: string, value: unknown): void {
  const path = pathOf(kind, name)
  const text = `${compact(value)}\n`
  if (isWriting) {
    mkdirSync(new URL(`goldens/${kind}/`, import.meta.url), { recursive: true })
    return writeFileSync(path, text)
  }
  expect(text).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '(no golden yet)')
}

const others = (dialect: Dialect) => generateDialects.filter((other) => other !== dialect)

const part = <Value>(cases: Readonly<Partial<Record<Dialect, Value>>>, dialect: Dialect): Value | undefined =>
  cases[dialect]

/** @returns the thrown error if it is a refusal with a message for the client */
async function orRefusal<Value>(
  made: Promise<Value>,
): Promise<Value | { refused: string; param: unknown; code: string }> {
  try {
    return await made
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    return { refused: thrown.message, param: thrown.details['param'], code: thrown.code }
  }
}

const plain = (dialect: Dialect): Answer => part(answers['text'] ?? {}, dialect) ?? { body: {} }

describe('a request', () => {
  test.each(Object.keys(requests))('%s', async (name) => {
    const shown: Record<string, unknown> = {}
    for (const front of generateDialects) {
      const asked = part(requests[name] ?? {}, front)
      if (!asked) continue
      const to: Record<string, unknown> = { request: asked }
      for (const back of others(front)) {
        const made = await orRefusal(translate(front, back, asked, { answer: plain(back) }))
        to[`to ${back}`] =
          'refused' in made ? made : { ...made.upstream, lost: made.losses.map(({ field }) => field) }
      }
      shown[`from ${front}`] = to
    }
    golden('requests', name, shown)
  })
})

describe('a response', () => {
  test.each(Object.keys(answers))('%s', async (name) => {
    const cases: AnswerCase = answers[name] ?? {}
    const shown: Record<string, unknown> = {}
    for (const back of generateDialects) {
      const received = part(cases, back)
      if (!received) continue
      const isStreaming = typeof received.body === 'string'
      let reported: ReturnType<typeof toldOf> | undefined
      const from: Record<string, unknown> = { answer: answerOf(received) }
      for (const front of others(back)) {
        const asked = asking(front, isStreaming)
        const made = await orRefusal(translate(front, back, asked, { answer: received, isStreaming }))
        reported ??= 'refused' in made ? undefined : toldOf(made)
        from[`for ${front}`] =
          'refused' in made ? made : name === 'text' ? replyOf(made) : withoutEcho(replyOf(made))
        // the provider's usage is billed and recorded, for every client dialect
        if (!('refused' in made)) expect(toldOf(made)).toEqual(reported ?? {})
      }
      shown[`from ${back}`] = { ...from, told: reported }
    }
    golden('answers', name, shown)
  })
})

const asking = (front: Dialect, isStreaming: boolean): object => {
  const asked = part(requests['plain-text'] ?? {}, front) ?? {}
  if (front === 'gemini') return asked
  return {
    ...asked,
    stream: isStreaming,
    ...(front === 'openai-chat' && isStreaming && { stream_options: { include_usage: true } }),
  }
}

function answerOf({ status, headers, body }: Answer) {
  return {
    ...(status !== undefined && { status }),
    ...(headers && { headers }),
    body: typeof body === 'string' ? body.split(/\r?\n\r?\n/).filter(Boolean) : body,
  }
}

function toldOf({ told: { usage, finish, upstreamModel, fault } }: Translated): object {
  return { usage, finish, upstreamModel, fault }
}

function replyOf({ status, headers, reply, told }: Translated) {
  const lost = told.losses.filter(({ side }) => side === 'response').map(({ field }) => field)
  const retryAfter = headers.get('retry-after')
  return {
    ...(status !== 200 && { status }),
    ...(retryAfter !== null && { 'retry-after': retryAfter }),
    ...(lost.length > 0 && { lost }),
    reply,
  }
}

/**
 * A response repeats the settings of its request, three times in a stream. Only the golden `text` shows them
 * in full.
 */
function withoutEcho(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEcho)
  if (typeof value !== 'object' || value === null) return value
  const isResponse = 'object' in value && value.object === 'response'
  const members = Object.entries(value).filter(([key]) => !isResponse || reported.has(key))
  return Object.fromEntries(members.map(([key, each]) => [key, withoutEcho(each)]))
}

const reported = new Set([
  'id',
  'object',
  'created_at',
  'model',
  'status',
  'error',
  'incomplete_details',
  'output',
  'usage',
])

test('every translation golden has its case', () => {
  for (const [kind, cases] of [
    ['requests', requests],
    ['answers', answers],
  ] as const) {
    const files = readdirSync(new URL(`goldens/${kind}/`, import.meta.url)).map((file) =>
      file.replace(/\.json$/, ''),
    )
    expect(files.toSorted()).toEqual(Object.keys(cases).toSorted())
  }
})
