// The same response in the format of each dialect, as its vendor sends it. Streams are text, whole responses
// JSON.

import type { Dialect } from '../../../src/traffic/llm/dialect.ts'
import { anthropic } from '../../upstreams/anthropic.ts'
import { chat } from '../../upstreams/chat.ts'
import { gemini } from '../../upstreams/gemini.ts'
import { responses } from '../../upstreams/responses.ts'
import type { Answer } from '../pairs.ts'

export type AnswerCase = Readonly<Partial<Record<Dialect, Answer>>>

const chatMessage = (message: object, finish: string, more: object = {}) => ({
  id: 'chatcmpl-fake-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'fake-model',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: null, refusal: null, ...message },
      logprobs: null,
      finish_reason: finish,
    },
  ],
  usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  ...more,
})

const chunk = (delta: object, finish: string | null = null) =>
  chat.event({
    id: 'chatcmpl-fake-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'fake-model',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })

const call = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: `{"city":"${city}"}` },
})

export const answers: Readonly<Record<string, AnswerCase>> = {
  text: {
    'openai-chat': { body: chat.completion('Hello.') },
    'openai-responses': { body: responses.whole([responses.message('Hello.')]) },
    'anthropic-messages': { body: anthropic.message('Hello.') },
    gemini: { body: gemini.response('Hello.') },
  },

  // in each: 1600 input tokens, 1000 of them read from the cache; 40 output tokens, 10 of them reasoning if
  // it is reported
  'usage-with-cache': {
    'openai-chat': {
      body: chat.completion('Hello.', {
        usage: {
          prompt_tokens: 1600,
          completion_tokens: 40,
          prompt_tokens_details: { cached_tokens: 1000, audio_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 0 },
        },
      }),
    },
    'openai-responses': {
      body: responses.whole([responses.message('Hello.')], {
        usage: {
          input_tokens: 1600,
          input_tokens_details: { cached_tokens: 1000 },
          output_tokens: 40,
          output_tokens_details: { reasoning_tokens: 10 },
          total_tokens: 1640,
        },
      }),
    },
    // 300 written for five minutes, 200 for an hour
    'anthropic-messages': {
      body: anthropic.message('Hello.', {
        usage: {
          input_tokens: 100,
          cache_read_input_tokens: 1000,
          cache_creation_input_tokens: 500,
          cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 },
          output_tokens: 40,
        },
      }),
    },
    gemini: {
      body: gemini.response('Hello.', {
        usage: {
          promptTokenCount: 1600,
          cachedContentTokenCount: 1000,
          candidatesTokenCount: 30,
          thoughtsTokenCount: 10,
          totalTokenCount: 1640,
        },
      }),
    },
  },

  'parallel-tool-calls': {
    'openai-chat': {
      body: chatMessage(
        { content: 'Let me look.', tool_calls: [call('call_a', 'Oslo'), call('call_b', 'Rome')] },
        'tool_calls',
      ),
    },
    'openai-responses': {
      body: responses.whole([
        responses.message('Let me look.'),
        responses.call('weather', { city: 'Oslo' }, 'call_a'),
        responses.call('weather', { city: 'Rome' }, 'call_b'),
      ]),
    },
    'anthropic-messages': {
      body: anthropic.message(
        [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'toolu_b', name: 'weather', input: { city: 'Rome' } },
        ],
        { stop: 'tool_use' },
      ),
    },
    gemini: {
      body: gemini.response([
        { text: 'Let me look.' },
        { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'c2ln' },
        { functionCall: { name: 'weather', args: { city: 'Rome' } } },
      ]),
    },
  },

  reasoning: {
    'openai-chat': { body: chatMessage({ reasoning_content: 'They greet.', content: 'Hello.' }, 'stop') },
    'openai-responses': {
      body: responses.whole([responses.reasoning('They greet.', 'ZW5j'), responses.message('Hello.')]),
    },
    'anthropic-messages': {
      body: anthropic.message([
        { type: 'thinking', thinking: 'They greet.', signature: 'c2ln' },
        { type: 'text', text: 'Hello.' },
      ]),
    },
    gemini: {
      body: gemini.response([
        { text: 'They greet.', thought: true },
        { text: 'Hello.', thoughtSignature: 'c2ln' },
      ]),
    },
  },

  'refused-for-safety': {
    'openai-chat': { body: chatMessage({ refusal: 'I cannot.' }, 'content_filter') },
    'openai-responses': {
      body: responses.whole(
        [
          {
            id: 'msg_fake_1',
            type: 'message',
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'refusal', refusal: 'I cannot.' }],
          },
        ],
        { status: 'incomplete', reason: 'content_filter' },
      ),
    },
    'anthropic-messages': { body: anthropic.message('I cannot.', { stop: 'refusal' }) },
    gemini: { body: gemini.response([], { finish: 'SAFETY' }) },
  },

  'prompt-blocked': { gemini: { body: gemini.blocked('PROHIBITED_CONTENT') } },

  'cut-by-the-limit': {
    'openai-chat': { body: chat.completion('Hel', { finish: 'length' }) },
    'openai-responses': {
      body: responses.whole([responses.message('Hel')], {
        status: 'incomplete',
        reason: 'max_output_tokens',
      }),
    },
    'anthropic-messages': { body: anthropic.message('Hel', { stop: 'max_tokens' }) },
    gemini: { body: gemini.response('Hel', { finish: 'MAX_TOKENS' }) },
  },

  'ended-by-a-stop-text': {
    'anthropic-messages': { body: anthropic.message('Hel', { stop: 'stop_sequence', stopSequence: 'END' }) },
  },

  'too-many-requests': {
    'openai-chat': {
      status: 429,
      headers: { 'retry-after': '7' },
      body: chat.error('Slow down.', 'rate_limit_error', 'rate_limit_exceeded'),
    },
    'openai-responses': {
      status: 429,
      headers: { 'retry-after': '7' },
      body: chat.error('Slow down.', 'rate_limit_error', 'rate_limit_exceeded'),
    },
    'anthropic-messages': {
      status: 429,
      headers: { 'retry-after': '7' },
      body: anthropic.error('rate_limit_error', 'Slow down.'),
    },
    gemini: {
      status: 429,
      body: gemini.error(429, 'RESOURCE_EXHAUSTED', 'Slow down.', [
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' },
      ]),
    },
  },

  'prompt-too-long': {
    'openai-chat': {
      status: 400,
      body: {
        error: {
          message:
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
    },
    'openai-responses': {
      status: 400,
      body: {
        error: {
          message:
            'Your input exceeds the context window of this model. Please adjust your input and try again.',
          type: 'invalid_request_error',
          param: 'input',
          code: 'context_length_exceeded',
        },
      },
    },
    'anthropic-messages': {
      status: 400,
      body: anthropic.error('invalid_request_error', 'prompt is too long: 209000 tokens > 200000 maximum'),
    },
    gemini: {
      status: 400,
      body: gemini.error(
        400,
        'INVALID_ARGUMENT',
        'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
      ),
    },
  },

  'stream-of-text-and-a-tool': {
    'openai-chat': {
      body: [
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'Let me ' }),
        chunk({ content: 'look.' }),
        chunk({
          tool_calls: [
            { index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } },
          ],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
        chunk({}, 'tool_calls'),
        chat.event({
          id: 'chatcmpl-fake-1',
          object: 'chat.completion.chunk',
          created: 1_790_000_000,
          model: 'fake-model',
          choices: [],
          usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
        }),
        'data: [DONE]\n\n',
      ].join(''),
    },
    'openai-responses': {
      body: responses.stream(
        [responses.message('Let me look.'), responses.call('weather', { city: 'Oslo' }, 'call_a')],
        { size: 8 },
      ),
    },
    'anthropic-messages': {
      body: anthropic.stream(
        [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
        ],
        { stop: 'tool_use' },
      ),
    },
    gemini: {
      body: gemini.stream([
        'Let me ',
        'look.',
        { functionCall: { name: 'weather', args: { city: 'Oslo' } } },
      ]),
    },
  },

  // the interleaved pieces of two calls, as some compatible servers send them
  'stream-of-calls-in-turns': {
    'openai-chat': {
      body: [
        chunk({
          role: 'assistant',
          tool_calls: [{ index: 0, ...call('call_a', 'Oslo'), function: { name: 'weather', arguments: '' } }],
        }),
        chunk({
          tool_calls: [{ index: 1, ...call('call_b', 'Rome'), function: { name: 'weather', arguments: '' } }],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '{"city":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '"Rome"}' } }] }),
        chunk({}, 'tool_calls'),
        'data: [DONE]\n\n',
      ].join(''),
    },
  },

  'error-inside-a-stream': {
    'openai-chat': {
      body:
        chunk({ role: 'assistant', content: 'Hel' }) +
        chat.event(chat.error('The engine is overloaded', 'server_error')),
    },
    'openai-responses': {
      body: `${responses
        .stream([responses.message('Hello.')], { size: 3 })
        .split(/(?<=\n\n)/)
        .slice(0, 5)
        .join(
          '',
        )}${responses.event({ type: 'error', sequence_number: 5, code: 'server_error', message: 'The engine is overloaded', param: null })}`,
    },
    'anthropic-messages': {
      body:
        anthropic
          .stream('Hello.')
          .split(/(?<=\n\n)/)
          .slice(0, 4)
          .join('') + anthropic.event(anthropic.error('overloaded_error', 'The engine is overloaded')),
    },
    gemini: {
      body:
        gemini
          .stream(['Hel', 'lo.'])
          .split(/(?<=\r\n\r\n)/)
          .slice(0, 1)
          .join('') + gemini.event(gemini.error(503, 'UNAVAILABLE', 'The engine is overloaded')),
    },
  },
}
