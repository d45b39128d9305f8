// One response in the format of each dialect, as a behavior of a fake provider: whole or as a stream, as
// requested.

import { anthropic } from './anthropic.ts'
import { behave, type Behavior, type Cuts } from './behave.ts'
import { chat } from './chat.ts'
import { gemini } from './gemini.ts'
import { responses } from './responses.ts'

export const backs = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const
export type Back = (typeof backs)[number]

export interface Saying {
  text?: string
  calls?: readonly { id: string; name: string; input: object }[]
  /** In the dialect's own format. */
  usage?: Record<string, unknown>
}

/** @param cuts the places where a stream is cut into separate writes */
export function says(back: Back, saying: Saying, cuts: Cuts = { every: 29 }): Behavior {
  return behave.custom((call) => {
    const isStreaming =
      call.request.path.includes('streamGenerateContent') || call.request.json().stream === true
    return (
      isStreaming ? behave.sse(streamOf(back, saying), { cuts }) : behave.json(wholeOf(back, saying))
    ).answer(call)
  })
}

export function rateLimited(back: Back, seconds: number): Behavior {
  if (back === 'gemini') {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }]
    return behave.json(gemini.error(429, 'RESOURCE_EXHAUSTED', 'Slow down.', details), { status: 429 })
  }
  const body =
    back === 'anthropic-messages'
      ? anthropic.error('rate_limit_error', 'Slow down.')
      : chat.error('Slow down.', 'rate_limit_error')
  return behave.json(body, { status: 429, headers: { 'retry-after': String(seconds) } })
}

export function streamOf(back: Back, saying: Saying): string {
  return streams[back](saying)
}

export const wholeOf = (back: Back, saying: Saying): unknown => wholes[back](saying)

const blocksOf = ({ text, calls = [] }: Saying) => [
  ...(text === undefined ? [] : [{ type: 'text', text }]),
  ...calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
]

const partsOf = ({ text, calls = [] }: Saying) => [
  ...(text === undefined ? [] : halves(text).map((half) => ({ text: half }))),
  ...calls.map(({ name, input }) => ({ functionCall: { name, args: input } })),
]

const itemsOf = ({ text, calls = [] }: Saying) => [
  ...(text === undefined ? [] : [responses.message(text)]),
  ...calls.map(({ id, name, input }) => responses.call(name, input, id)),
]

const toldOf = ({ usage, calls }: Saying, stop: string) => ({
  ...(usage && { usage }),
  ...(calls && { stop }),
})

const wholes: Readonly<Record<Back, (saying: Saying) => unknown>> = {
  'openai-chat': ({ text, calls, usage }) => ({
    ...chat.completion(''),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text ?? null,
          refusal: null,
          ...(calls && { tool_calls: calls.map((call) => chatCall(call)) }),
        },
        logprobs: null,
        finish_reason: calls ? 'tool_calls' : 'stop',
      },
    ],
    usage: usage ?? { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  }),
  'openai-responses': (saying) =>
    responses.whole(itemsOf(saying), { ...(saying.usage && { usage: saying.usage }) }),
  'anthropic-messages': (saying) => anthropic.message(blocksOf(saying), toldOf(saying, 'tool_use')),
  gemini: (saying) => gemini.response(partsOf(saying), { ...(saying.usage && { usage: saying.usage }) }),
}

const streams: Readonly<Record<Back, (saying: Saying) => string>> = {
  'openai-chat': ({ text, calls = [], usage }) => {
    const frame = {
      id: 'chatcmpl-fake-1',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: 'fake-model',
    }
    const delta = (value: object, finish: string | null = null) =>
      chat.event({ ...frame, choices: [{ index: 0, delta: value, finish_reason: finish }] })
    return [
      delta({ role: 'assistant', content: text === undefined ? null : '' }),
      ...(text === undefined ? [] : halves(text).map((content) => delta({ content }))),
      // interleaved parallel calls, as some vendors send them
      ...calls.map((call, index) => delta({ tool_calls: [{ index, ...chatCall(call, '') }] })),
      ...[0, 1].flatMap((half) =>
        calls.map(({ input }, index) =>
          delta({
            tool_calls: [{ index, function: { arguments: halves(JSON.stringify(input))[half] ?? '' } }],
          }),
        ),
      ),
      delta({}, calls.length > 0 ? 'tool_calls' : 'stop'),
      chat.event({
        ...frame,
        choices: [],
        usage: usage ?? { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      }),
      'data: [DONE]\n\n',
    ].join('')
  },
  'openai-responses': (saying) =>
    responses.stream(itemsOf(saying), { ...(saying.usage && { usage: saying.usage }) }),
  'anthropic-messages': (saying) => anthropic.stream(blocksOf(saying), toldOf(saying, 'tool_use')),
  gemini: (saying) => gemini.stream(partsOf(saying), { ...(saying.usage && { usage: saying.usage }) }),
}

function chatCall(
  { id, name, input }: { id: string; name: string; input: object },
  args = JSON.stringify(input),
) {
  return { id, type: 'function', function: { name, arguments: args } }
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((part) => part !== '')
}
