// One response in each dialect, as streams and as whole bodies, in which every text may be cut anywhere.
// Guards must read all of it. Each kind of text of a dialect is a row. A kind that the dialect does not have
// is absent.
//
// Shapes: https://platform.openai.com/docs/api-reference/chat-streaming,
// https://platform.openai.com/docs/api-reference/responses-streaming,
// https://docs.claude.com/en/docs/build-with-claude/streaming, https://ai.google.dev/api/generate-content

import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import { anthropic } from '../upstreams/anthropic.ts'
import { chat } from '../upstreams/chat.ts'
import { gemini } from '../upstreams/gemini.ts'
import { responses } from '../upstreams/responses.ts'

export interface Telling {
  stream: string
  whole: object
}

/** @param deltas joined, they are the text */
type Teller = (deltas: readonly string[]) => Telling

const joined = (deltas: readonly string[]) => deltas.join('')
const token = (text: string) => ({
  token: text,
  logprob: -0.5,
  bytes: [...Buffer.from(text)],
  top_logprobs: [],
})
const googleToken = (text: string) => ({ token: text, logProbability: -0.5 })

// ── OpenAI chat

const frame = {
  id: 'chatcmpl-fake-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'fake-model',
}
const chunk = (delta: object, more: object = {}) =>
  chat.event({ ...frame, choices: [{ index: 0, delta, finish_reason: null, ...more }] })

const chatTelling = (
  events: readonly string[],
  message: object,
  more: object = {},
  finish = 'stop',
): Telling => ({
  stream: [
    chunk({ role: 'assistant', content: '' }),
    ...events,
    chunk({}, { finish_reason: finish }),
    chat.event({
      ...frame,
      choices: [],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    }),
    'data: [DONE]\n\n',
  ].join(''),
  whole: {
    ...chat.completion(''),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, refusal: null, ...message },
        finish_reason: finish,
        ...more,
      },
    ],
  },
})

const chatMember =
  (name: string): Teller =>
  (deltas) =>
    chatTelling(
      deltas.map((text) => chunk({ [name]: text })),
      { [name]: joined(deltas) },
    )

const chatLogprobs = (deltas: readonly string[]) => ({
  logprobs: { content: deltas.map(token), refusal: null },
})

const chatTellers: Record<string, Teller> = {
  text: chatMember('content'),
  reasoning: chatMember('reasoning_content'),
  'the other reasoning': chatMember('reasoning'),
  refusal: chatMember('refusal'),
  'arguments of a tool': (deltas) => {
    const call = (fields: object) => chunk({ tool_calls: [{ index: 0, ...fields }] })
    return chatTelling(
      [
        call({ id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } }),
        ...deltas.map((text) => call({ function: { arguments: text } })),
      ],
      {
        tool_calls: [
          { id: 'call_a', type: 'function', function: { name: 'weather', arguments: joined(deltas) } },
        ],
      },
      {},
      'tool_calls',
    )
  },
  'input of a custom tool': (deltas) => {
    const call = (fields: object) => chunk({ tool_calls: [{ index: 0, ...fields }] })
    return chatTelling(
      [
        call({ id: 'call_a', type: 'custom', custom: { name: 'run', input: '' } }),
        ...deltas.map((text) => call({ custom: { input: text } })),
      ],
      { tool_calls: [{ id: 'call_a', type: 'custom', custom: { name: 'run', input: joined(deltas) } }] },
      {},
      'tool_calls',
    )
  },
  'logprobs next to the text': (deltas) =>
    chatTelling(
      deltas.map((text) => chunk({ content: text }, chatLogprobs([text]))),
      { content: joined(deltas) },
      chatLogprobs(deltas),
    ),
  'logprobs after the text': (deltas) =>
    chatTelling(
      [
        ...deltas.map((text) => chunk({ content: text })),
        ...deltas.map((text) => chunk({}, chatLogprobs([text]))),
      ],
      { content: joined(deltas) },
      chatLogprobs(deltas),
    ),
  'logprobs before the text': (deltas) =>
    chatTelling(
      [chunk({}, chatLogprobs(deltas)), ...deltas.map((text) => chunk({ content: text }))],
      { content: joined(deltas) },
      chatLogprobs(deltas),
    ),
  // as Perplexity does
  'the message so far next to each delta': (deltas) =>
    chatTelling(
      [...deltas, ' ', 'and more'].map((text, index, all) =>
        chunk(
          { content: text },
          { message: { role: 'assistant', content: all.slice(0, index + 1).join('') } },
        ),
      ),
      { content: joined(deltas) },
    ),
  'the title of a source': (deltas) => {
    const annotations = [
      {
        type: 'url_citation',
        url_citation: { url: 'https://a.example', title: joined(deltas), start_index: 0, end_index: 2 },
      },
    ]
    return chatTelling([chunk({ content: 'It is so.' }), chunk({ annotations })], {
      content: 'It is so.',
      annotations,
    })
  },
}

// ── Anthropic Messages

const anthropicTelling = (
  content: readonly { type: string }[],
  events: readonly { type: string }[],
  stop = 'end_turn',
): Telling => {
  const [start = '', , ...rest] = anthropic.stream([], { stop }).split(/(?<=\n\n)/)
  return {
    stream: [start, ...events.map(anthropic.event), ...rest].join(''),
    whole: anthropic.message(content, { stop }),
  }
}

/** @param before the initial form of the block */
const anthropicBlock = (
  before: { type: string; [more: string]: unknown },
  whole: { type: string; [more: string]: unknown },
  deltas: readonly object[],
  index = 0,
) => ({
  whole,
  events: [
    { type: 'content_block_start', index, content_block: before },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ],
})

const onlyBlock = ({ whole, events }: ReturnType<typeof anthropicBlock>, stop?: string) =>
  anthropicTelling([whole], events, stop)

const toolUse =
  (type: string, stop: string): Teller =>
  (deltas) => {
    const head = { type, id: 'toolu_a', name: 'web_search' }
    const block = anthropicBlock(
      { ...head, input: {} },
      { ...head, input: parsedOr(joined(deltas)) },
      deltas.map((text) => ({ type: 'input_json_delta', partial_json: text })),
    )
    return onlyBlock(block, stop)
  }

const wholeBlock =
  (make: (text: string) => { type: string; [more: string]: unknown }): Teller =>
  (deltas) => {
    const block = make(joined(deltas))
    return onlyBlock(anthropicBlock(block, block, []))
  }

const anthropicTellers: Record<string, Teller> = {
  text: (deltas) =>
    onlyBlock(
      anthropicBlock(
        { type: 'text', text: '' },
        { type: 'text', text: joined(deltas) },
        deltas.map((text) => ({ type: 'text_delta', text })),
      ),
    ),
  reasoning: (deltas) =>
    onlyBlock(
      anthropicBlock(
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'thinking', thinking: joined(deltas), signature: 'c2ln' },
        [
          ...deltas.map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: 'c2ln' },
        ],
      ),
    ),
  'arguments of a tool': toolUse('tool_use', 'tool_use'),
  'the query of a search': toolUse('server_tool_use', 'end_turn'),
  'the title of a result': wholeBlock((title) => ({
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_a',
    content: [
      {
        type: 'web_search_result',
        title,
        url: 'https://a.example',
        encrypted_content: 'ZW5j',
        page_age: null,
      },
    ],
  })),
  'what code printed': wholeBlock((stdout) => ({
    type: 'bash_code_execution_tool_result',
    tool_use_id: 'srvtoolu_a',
    content: { type: 'bash_code_execution_result', stdout, stderr: '', return_code: 0, content: [] },
  })),
  'a citation': (deltas) => {
    const citation = {
      type: 'char_location',
      cited_text: joined(deltas),
      document_index: 0,
      document_title: 'T',
      start_char_index: 0,
      end_char_index: 9,
    }
    return onlyBlock(
      anthropicBlock(
        { type: 'text', text: '', citations: [] },
        { type: 'text', text: 'It is so.', citations: [citation] },
        [
          { type: 'citations_delta', citation },
          { type: 'text_delta', text: 'It is so.' },
        ],
      ),
    )
  },
}

// ── Gemini

const candidate = (parts: readonly object[], more: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  modelVersion: 'gemini-fake',
  responseId: 'resp-fake-1',
})
const usageMetadata = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 }

/** @param more on the last chunk of a stream, and on the candidate of a whole */
const googleTelling = (
  chunks: readonly (readonly object[])[],
  whole: readonly object[],
  more: object = {},
): Telling => ({
  stream: [
    ...chunks.map((parts) => candidate(parts)),
    { ...candidate([{ text: '' }], { finishReason: 'STOP', ...more }), usageMetadata },
  ]
    .map(gemini.event)
    .join(''),
  whole: { ...candidate(whole, { finishReason: 'STOP', ...more }), usageMetadata },
})

const googleTexts =
  (more: object, behind: (deltas: readonly string[]) => object = () => ({})): Teller =>
  (deltas) =>
    googleTelling(
      deltas.map((text) => [{ text, ...more }]),
      [{ text: joined(deltas), ...more }],
      behind(deltas),
    )

const googlePart =
  (make: (text: string) => object): Teller =>
  (deltas) =>
    googleTelling([[make(joined(deltas))]], [make(joined(deltas))])

const geminiTellers: Record<string, Teller> = {
  text: googleTexts({}),
  reasoning: googleTexts({ thought: true }),
  'arguments of a tool': googlePart((text) => ({ functionCall: { name: 'weather', args: parsedOr(text) } })),
  code: googlePart((code) => ({ executableCode: { language: 'PYTHON', code } })),
  'what code printed': googlePart((output) => ({ codeExecutionResult: { outcome: 'OUTCOME_OK', output } })),
  'the text that a source supports': googleTexts({}, (deltas) => ({
    groundingMetadata: {
      groundingChunks: [{ web: { uri: 'https://a.example', title: 'a' } }],
      groundingSupports: [
        { segment: { startIndex: 0, endIndex: 5, text: joined(deltas) }, groundingChunkIndices: [0] },
      ],
    },
  })),
  'the title of a source': (deltas) =>
    googleTelling([[{ text: 'It is so.' }]], [{ text: 'It is so.' }], {
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'https://a.example', title: joined(deltas) } }],
        groundingSupports: [],
      },
    }),
  'logprobs after the text': googleTexts({}, (deltas) => ({
    logprobsResult: {
      chosenCandidates: deltas.map(googleToken),
      topCandidates: deltas.map((text) => ({ candidates: [googleToken(text)] })),
    },
  })),
}

// ── OpenAI Responses

type Item = { type: string; id: string; [more: string]: unknown }

const responsesTelling = (
  items: readonly Item[],
  events: readonly { type: string; [more: string]: unknown }[],
): Telling => {
  const all = responses.stream([]).split(/(?<=\n\n)/)
  const completed = { type: 'response.completed', response: responses.whole(items) }
  return {
    stream: [
      ...all.slice(0, 2),
      ...[...events, completed].map((event) => responses.event({ sequence_number: 0, ...event })),
    ].join(''),
    whole: responses.whole(items),
  }
}

/** Deltas, the full text that repeats them, and the item that contains it. */
const responsesItem = (
  item: Item,
  before: object,
  stem: string,
  deltas: readonly string[],
  whole: string,
  more: { place?: object; delta?: (text: string) => object; done?: object; part?: object } = {},
) => {
  const place = { item_id: item.id, output_index: 0, ...more.place }
  return responsesTelling(
    [item],
    [
      { type: 'response.output_item.added', output_index: 0, item: { ...item, ...before } },
      ...deltas.map((delta) => ({ type: `response.${stem}.delta`, ...place, delta, ...more.delta?.(delta) })),
      { type: `response.${stem}.done`, ...place, [whole]: joined(deltas), ...more.done },
      ...(more.part ? [{ type: 'response.content_part.done', ...place, part: more.part }] : []),
      { type: 'response.output_item.done', output_index: 0, item },
    ],
  )
}

const messageItem = (part: object): Item => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [part],
})
const inContent = { place: { content_index: 0 } }

const outputText =
  (logprobs: (deltas: readonly string[]) => object[], ofDelta: (text: string) => object[]): Teller =>
  (deltas) => {
    const part = { type: 'output_text', annotations: [], logprobs: logprobs(deltas), text: joined(deltas) }
    return responsesItem(messageItem(part), { content: [] }, 'output_text', deltas, 'text', {
      ...inContent,
      delta: (text) => ({ logprobs: ofDelta(text) }),
      done: { logprobs: logprobs(deltas) },
      part,
    })
  }

const responsesTellers: Record<string, Teller> = {
  text: outputText(
    () => [],
    () => [],
  ),
  'logprobs next to the text': outputText(
    (deltas) => deltas.map(token),
    (text) => [token(text)],
  ),
  'logprobs after the text': outputText(
    (deltas) => deltas.map(token),
    () => [],
  ),
  refusal: (deltas) => {
    const part = { type: 'refusal', refusal: joined(deltas) }
    return responsesItem(messageItem(part), { content: [] }, 'refusal', deltas, 'refusal', {
      ...inContent,
      part,
    })
  },
  reasoning: (deltas) =>
    responsesItem(
      { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: joined(deltas) }] },
      { summary: [] },
      'reasoning_summary_text',
      deltas,
      'text',
      { place: { summary_index: 0 } },
    ),
  'reasoning in full': (deltas) =>
    responsesItem(
      {
        id: 'rs_1',
        type: 'reasoning',
        summary: [],
        content: [{ type: 'reasoning_text', text: joined(deltas) }],
      },
      { content: [] },
      'reasoning_text',
      deltas,
      'text',
      inContent,
    ),
  'arguments of a tool': (deltas) =>
    responsesItem(
      {
        id: 'fc_1',
        type: 'function_call',
        call_id: 'call_a',
        name: 'weather',
        status: 'completed',
        arguments: joined(deltas),
      },
      { arguments: '' },
      'function_call_arguments',
      deltas,
      'arguments',
    ),
  'input of a custom tool': (deltas) =>
    responsesItem(
      {
        id: 'ctc_1',
        type: 'custom_tool_call',
        call_id: 'call_a',
        name: 'run',
        status: 'completed',
        input: joined(deltas),
      },
      { input: '' },
      'custom_tool_call_input',
      deltas,
      'input',
    ),
  code: (deltas) =>
    responsesItem(
      {
        id: 'ci_1',
        type: 'code_interpreter_call',
        container_id: 'c',
        status: 'completed',
        code: joined(deltas),
        outputs: [],
      },
      { code: '' },
      'code_interpreter_call_code',
      deltas,
      'code',
    ),
  'the query of a search': (deltas) => {
    const item = {
      id: 'ws_1',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: joined(deltas) },
    }
    return responsesTelling([item], [{ type: 'response.output_item.done', output_index: 0, item }])
  },
  'the title of a source': (deltas) => {
    const annotation = {
      type: 'url_citation',
      url: 'https://a.example',
      title: joined(deltas),
      start_index: 0,
      end_index: 2,
    }
    const item = messageItem({
      type: 'output_text',
      text: 'It is so.',
      annotations: [annotation],
      logprobs: [],
    })
    return responsesTelling(
      [item],
      [
        { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
        {
          type: 'response.output_text.delta',
          item_id: 'msg_1',
          output_index: 0,
          content_index: 0,
          delta: 'It is so.',
          logprobs: [],
        },
        {
          type: 'response.output_text.annotation.added',
          item_id: 'msg_1',
          output_index: 0,
          content_index: 0,
          annotation_index: 0,
          annotation,
        },
        { type: 'response.output_item.done', output_index: 0, item },
      ],
    )
  },
}

export const tellers: Readonly<Record<Dialect, Readonly<Record<string, Teller>>>> = {
  'openai-chat': chatTellers,
  'openai-responses': responsesTellers,
  'anthropic-messages': anthropicTellers,
  gemini: geminiTellers,
}

/** Kinds whose text is JSON source: function arguments. */
export const isSource = (back: Dialect, kind: string): boolean =>
  kind === 'arguments of a tool' || (back === 'anthropic-messages' && kind === 'the query of a search')

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}
