// No field of a request or a response bypasses guards. The tests put blocked text into every field that the
// types of the official SDKs have, and into unknown members. None of it leaves.

import { describe, expect, test } from 'bun:test'
import type { GuardRule } from '../../src/contract/snapshot.ts'
import { question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { type Answer, hello, room } from '../doors/room.ts'
import { type Leaf, leavesOf } from '../translation/sdk-leaves.ts'
import { fitted, shapes } from '../translation/sdk-requests.ts'
import { type Shape, shapeOf } from '../translation/sdk-types.ts'

const guard = (kind: string, on: GuardRule['on'], options: GuardRule['options']): GuardRule => ({
  name: kind,
  kind,
  on,
  action: 'block',
  onError: 'closed-for-text',
  timeoutMs: 1000,
  options,
})
const guards = (on: GuardRule['on']) => [
  guard('pii', on, {}),
  guard('patterns', on, { patterns: {}, words: ['falcon'], reach: 64, ignoreCase: true }),
]

const card = '4111111111111111'
const others = ['ann@example.com', 'falcon', `call_${card}`, 'project-falcon']

/** The card is used everywhere, the other values in turn. */
const plantsFor = ({ kind }: Leaf, turn: number): (string | number)[] =>
  kind === 'number' ? [Number(card)] : [card, others[turn % others.length] ?? card]

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

describe.each([...generateDialects])('%s', (dialect) => {
  const leaves = shapes[dialect]().flatMap(leavesOf)

  test('a guard of requests reads every field', async () => {
    const there = room({ answer: hello, guards: guards(['request']) })
    const missed: string[] = []
    let tried = 0
    let blocked = 0
    for (const [turn, leaf] of leaves.entries()) {
      if (isRouting(leaf)) continue
      for (const plant of plantsFor(leaf, turn)) {
        const body = fitted[dialect](objectOf(leaf.build(plant)))
        if (!JSON.stringify(body).includes(String(plant))) continue
        tried += 1
        const { thrown } = await there.call(dialect, dialect, body)
        // other mistakes are found before the guards run
        if (thrown?.code === 'guard-blocked') blocked += 1
        else if (!thrown || !refused.has(thrown.code))
          missed.push(`${leaf.path} = ${plant}: ${thrown?.code ?? 'sent'}`)
      }
    }
    expect(missed).toEqual([])
    expect(there.sent).toEqual([])
    expect(blocked / tried).toBeGreaterThan(0.75)
    expect(tried).toBeGreaterThan(200)
  }, 60_000)

  test('a guard of responses reads every field of whole responses and of events', async () => {
    let received: Answer = { chunks: [], isStream: false }
    const there = room({ answer: () => received, guards: guards(['response']) })
    const missed: string[] = []
    let tried = 0
    let blocked = 0
    for (const [isStream, shape] of responses[dialect]()) {
      for (const [turn, leaf] of leavesOf(shape).entries()) {
        for (const plant of plantsFor(leaf, turn)) {
          const body = leaf.build(plant)
          const json = JSON.stringify(body)
          if (!json.includes(String(plant))) continue
          tried += 1
          const { type } = objectOf(body)
          const name = typeof type === 'string' && dialect !== 'openai-chat' ? `event: ${type}\n` : ''
          received = { chunks: [isStream ? `${name}data: ${json}\n\n` : json], isStream }
          const { text, thrown } = await there.call(
            dialect,
            dialect,
            question[dialect]('Hi', isStream),
            isStream,
          )
          there.sent.length = 0
          if (text.includes(String(plant))) missed.push(`${leaf.path} = ${plant}`)
          if (thrown?.code === 'guard-blocked') blocked += 1
        }
      }
    }
    expect(missed).toEqual([])
    expect(blocked / tried).toBeGreaterThan(0.75)
    expect(tried).toBeGreaterThan(200)
  }, 60_000)
})

/** These fields decide where the call goes. */
const isRouting = ({ path }: Leaf) => path === 'model' || path === 'stream'

/** The caller made a mistake, or no provider may receive the value. */
const refused: ReadonlySet<string> = new Set(['bad-request', 'unsupported', 'unknown-response', 'not-found'])

const genai = '@google/genai/dist/genai.d.ts'

const responses: Readonly<Record<GenerateDialect, () => [isStream: boolean, shape: Shape][]>> = {
  'openai-chat': () => [
    [false, shapeOf('openai/resources/chat/completions/completions.d.ts', 'ChatCompletion')],
    [true, shapeOf('openai/resources/chat/completions/completions.d.ts', 'ChatCompletionChunk')],
  ],
  'openai-responses': () => [
    [false, shapeOf('openai/resources/responses/responses.d.ts', 'Response')],
    [true, shapeOf('openai/resources/responses/responses.d.ts', 'ResponseStreamEvent')],
  ],
  'anthropic-messages': () => [
    [false, shapeOf('@anthropic-ai/sdk/resources/beta/messages/messages.d.ts', 'BetaMessage')],
    [true, shapeOf('@anthropic-ai/sdk/resources/beta/messages/messages.d.ts', 'BetaRawMessageStreamEvent')],
  ],
  gemini: () => [
    [false, shapeOf(genai, 'GenerateContentResponse')],
    [true, shapeOf(genai, 'GenerateContentResponse')],
  ],
}
