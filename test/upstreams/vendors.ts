// Responses as compatible vendors send them, modeled on recorded ones: the place of reasoning, the place of
// usage, and additional fields.

import { behave, type Behavior } from './behave.ts'
import { chat } from './chat.ts'

export interface VendorSpeech {
  /** The place of reasoning; `parts` means in the content, like Mistral. */
  reasoning: 'reasoning' | 'reasoning_content' | 'both' | 'parts'
  /**
   * The place of usage in a stream: in a separate event on request, with the finish, in its `x_groq`, in the
   * choice, in every event.
   */
  usageAt: 'own event' | 'finish' | 'x_groq' | 'choice' | 'every event'
  usage: Readonly<Record<string, unknown>>
  /** Members of every event and of the whole response. */
  more?: object
  /** Its finish reasons for text and for a call. */
  finish?: readonly [text: string, call: string]
  /** The finish is sent twice, with usage the second time. */
  finishesTwice?: boolean
  /** No `[DONE]`. */
  hasNoEnd?: boolean
  /** Later pieces of a call repeat its id as "". */
  repeatsEmptyIds?: boolean
  callId: string
  /** Of the whole response, in every event. */
  searchResults?: readonly { title: string; url: string }[]
}

export interface VendorSaying {
  reasoning: string
  text?: string
  call?: { name: string; input: object }
}

export function vendorSays(speech: VendorSpeech, saying: VendorSaying): Behavior {
  return behave.custom((call) => {
    const body = call.request.json()
    if (!body.stream) return behave.json(whole(speech, saying)).answer(call)
    return behave
      .sse(stream(speech, saying, body.stream_options?.include_usage === true), { cuts: { every: 41 } })
      .answer(call)
  })
}

const finishOf = ({ finish: [text, call] = ['stop', 'tool_calls'] }: VendorSpeech, saying: VendorSaying) =>
  saying.call ? call : text

function whole(speech: VendorSpeech, saying: VendorSaying) {
  const { reasoning, text = '', call } = saying
  const parts = [
    { type: 'thinking', thinking: [{ type: 'text', text: reasoning }], closed: true },
    ...(text === '' ? [] : [{ type: 'text', text }]),
  ]
  return {
    ...frame('chat.completion', speech),
    choices: [
      {
        index: 0,
        finish_reason: finishOf(speech, saying),
        message: {
          role: 'assistant',
          content: speech.reasoning === 'parts' ? parts : text,
          ...(speech.reasoning !== 'parts' && thought(speech, reasoning)),
          ...(call && { tool_calls: [callOf(speech, call.name, JSON.stringify(call.input))] }),
        },
      },
    ],
    usage: speech.usage,
  }
}

function stream(speech: VendorSpeech, saying: VendorSaying, isUsageAsked: boolean): string {
  const { usage, usageAt } = speech
  const { text, call } = saying
  const event = (choice: object, more: object = {}) =>
    chat.event({
      ...frame('chat.completion.chunk', speech),
      choices: [{ index: 0, ...choice }],
      ...(usageAt === 'every event' && { usage }),
      ...more,
    })
  const delta = (value: object) => event({ delta: value, finish_reason: null })
  const thoughts = halves(saying.reasoning).map((half) =>
    delta(
      speech.reasoning === 'parts'
        ? { content: [{ type: 'thinking', thinking: [{ type: 'text', text: half }] }] }
        : { content: '', ...thought(speech, half) },
    ),
  )
  const later = speech.repeatsEmptyIds ? { id: '', type: 'function' } : {}
  const calls = call
    ? [
        delta({ tool_calls: [callOf(speech, call.name, '')] }),
        ...halves(JSON.stringify(call.input)).map((half) =>
          delta({ tool_calls: [{ index: 0, ...later, function: { arguments: half } }] }),
        ),
      ]
    : []
  const finish = { delta: { content: '' }, finish_reason: finishOf(speech, saying) }
  const last: Readonly<Record<VendorSpeech['usageAt'], string>> = {
    'own event':
      event(finish) +
      (isUsageAsked ? chat.event({ ...frame('chat.completion.chunk', speech), choices: [], usage }) : ''),
    finish: (speech.finishesTwice ? event(finish) : '') + event(finish, { usage }),
    x_groq: event(finish, { x_groq: { id: 'req_1', usage } }),
    choice: event({ ...finish, usage }),
    'every event': event(finish),
  }
  return [
    delta({ role: 'assistant', content: '' }),
    ...thoughts,
    ...halves(text ?? '').map((content) => delta({ content })),
    ...calls,
    last[usageAt],
    ...(speech.hasNoEnd ? [] : ['data: [DONE]\n\n']),
  ].join('')
}

const frame = (object: string, { more, searchResults }: VendorSpeech) => ({
  id: 'answer-1',
  object,
  created: 1_790_000_000,
  model: 'model-of-the-vendor',
  ...(searchResults && { search_results: searchResults, citations: searchResults.map(({ url }) => url) }),
  ...more,
})

function thought({ reasoning }: VendorSpeech, text: string): object {
  return {
    ...(reasoning !== 'reasoning_content' && { reasoning: text }),
    ...(reasoning !== 'reasoning' && { reasoning_content: text }),
  }
}

const callOf = ({ callId }: VendorSpeech, name: string, args: string) => ({
  index: 0,
  id: callId,
  type: 'function',
  function: { name, arguments: args },
})

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '')
}
