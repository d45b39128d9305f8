// At depth `meter` no code reads the output of a translation: the translation reports the facts itself. This
// test does both and compares.

import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/contract/errors.ts'
import type { ResponsePiece } from '../../src/contract/response.ts'
import type { UpstreamResponse } from '../../src/contract/upstream.ts'
import { responseDialect as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/response/view.ts'
import { responseDialect as gemini } from '../../src/traffic/llm/dialects/gemini/response/view.ts'
import { responseDialect as chat } from '../../src/traffic/llm/dialects/openai-chat/response/view.ts'
import { responseDialect as responses } from '../../src/traffic/llm/dialects/openai-responses/response/view.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import type { Provider } from '../../src/traffic/llm/provider.ts'
import type { ResponseDialect } from '../../src/traffic/wire/facts.ts'
import { readResponse } from '../../src/traffic/llm/wire/response.ts'
import { answers } from './cases/answers.ts'
import { requests } from './cases/requests.ts'
import { translatedResponse } from './pairs.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'

const readers: Readonly<Record<GenerateDialect, ResponseDialect>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
  gemini,
}

const provider = {
  name: 'inside',
  departures: { usageInStream: true, unbilledErrors: 'none' },
} as unknown as Provider

describe.each(generateDialects)(
  'for a client of %s, the reported facts equal those of a reading',
  (front) => {
    const cases = Object.entries(answers).flatMap(([name, byBack]) =>
      Object.entries(byBack).flatMap(([back, answer]) =>
        back === front ? [] : [[name, back as GenerateDialect, answer] as const],
      ),
    )
    test.each(cases)('%s from %s', async (_name, back, received) => {
      const isStreaming = typeof received.body === 'string'
      const summaries = []
      for (const isRead of [false, true]) {
        const made = await translatedResponse(front, back, asking(front, isStreaming), {
          answer: received,
          isStreaming,
        }).catch(refusal)
        if (!made) return
        summaries.push(await summary(front, isRead ? unsaid(made.response) : made.response, isStreaming))
      }
      const [told, read] = summaries
      expect(told).toEqual(read as NonNullable<typeof read>)
    })
  },
)

async function summary(front: GenerateDialect, response: UpstreamResponse, isStreaming: boolean) {
  const pieces: ResponsePiece[] = []
  let thrown: string | undefined
  let status: number | undefined
  try {
    const result = await readResponse(response, {
      dialect: readers[front],
      provider,
      depth: 'meter',
      isStreaming,
      swallowsUsage: false,
    })
    status = result.status
    for (let piece = await result.next(); piece; piece = await result.next()) pieces.push(piece)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    thrown = error.code
  }
  const text = Buffer.concat(pieces.map(({ bytes }) => Buffer.from(bytes as Uint8Array))).toString()
  const ending = pieces.findIndex(({ isTerminal }) => isTerminal)
  return {
    thrown,
    status,
    text,
    usage: pieces.findLast(({ usage }) => usage)?.usage,
    finish: pieces.findLast(({ finish }) => finish)?.finish,
    fault: pieces.findLast(({ fault }) => fault)?.fault,
    upstreamModel: pieces.findLast(({ upstreamModel }) => upstreamModel !== undefined)?.upstreamModel,
    // a reading at this depth measures texts, and Google's calls have none
    hasOutput: text.includes('"functionCall"') || pieces.some(({ hasOutput }) => hasOutput),
    // Google's streams end without an end event: a reading finds no end, and a reported end is still correct
    endsWithLast: front === 'gemini' && isStreaming ? undefined : ending === pieces.length - 1,
  }
}

/** The same response, from a reporter that gives its facts and leaves the chunks to be read. */
function unsaid(response: UpstreamResponse): UpstreamResponse {
  const { sideFacts } = response
  if (!sideFacts) return response
  const silent = new Proxy(sideFacts, {
    get: (target, name) => (name === 'chunk' ? undefined : Reflect.get(target, name)),
  })
  return { ...response, sideFacts: silent }
}

function refusal(thrown: unknown): undefined {
  if (!(thrown instanceof GatewayError)) throw thrown
}

function asking(front: GenerateDialect, isStreaming: boolean): object {
  const asked = requests['plain-text']?.[front] ?? {}
  if (front === 'gemini') return asked
  return {
    ...asked,
    stream: isStreaming,
    ...(front === 'openai-chat' && isStreaming && { stream_options: { include_usage: true } }),
  }
}
