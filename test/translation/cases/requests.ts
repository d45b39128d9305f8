// The same request in the format of each dialect. A dialect that cannot express it is left out.

import type { Dialect } from '../../../src/traffic/llm/dialect.ts'

export type RequestCase = Readonly<Partial<Record<Dialect, object>>>

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: ['integer', 'null'] } },
  required: ['city'],
  additionalProperties: false,
}
const bounded = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1, description: 'Its name' },
    days: { type: 'array', items: { type: 'integer', minimum: 0 }, maxItems: 7 },
  },
  required: ['city', 'days'],
  additionalProperties: false,
}
const closed = {
  type: 'object',
  properties: { city: { $ref: '#/$defs/city' } },
  required: ['city'],
  additionalProperties: false,
  $defs: { city: { type: 'string' } },
}
const subset = {
  type: 'OBJECT',
  properties: {
    days: { type: 'INTEGER', nullable: true, minimum: 0, example: 3 },
    kind: { type: 'STRING', format: 'enum', enum: ['a', 'b'] },
    tags: { type: 'ARRAY', items: { type: 'STRING' }, max_items: '3' },
  },
  propertyOrdering: ['kind', 'days'],
}
const png = 'iVBORw0KGgo='
const pdf = 'JVBERi0xLjQK'

const chat = (text: string, more: object = {}) => ({
  model: 'model',
  messages: [{ role: 'user', content: text }],
  ...more,
})
const responses = (input: unknown, more: object = {}) => ({ model: 'model', input, ...more })
const anthropic = (content: unknown, more: object = {}) => ({
  model: 'model',
  max_tokens: 100,
  messages: [{ role: 'user', content }],
  ...more,
})
const gemini = (text: string, more: object = {}) => ({
  contents: [{ role: 'user', parts: [{ text }] }],
  ...more,
})

export const requests: Readonly<Record<string, RequestCase>> = {
  'plain-text': {
    'openai-chat': chat('Hi'),
    'openai-responses': responses('Hi'),
    'anthropic-messages': anthropic('Hi'),
    gemini: gemini('Hi'),
  },

  'system-and-developer': {
    'openai-chat': {
      model: 'model',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hi', name: 'ann' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'system', content: 'Now be rude.' },
        { role: 'user', content: 'Hi again' },
      ],
    },
    'openai-responses': responses(
      [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Hello.' }] },
        { role: 'user', content: 'Hi again' },
      ],
      { instructions: 'Be kind.' },
    ),
    'anthropic-messages': anthropic('Hi', {
      system: [
        { type: 'text', text: 'Be kind.' },
        { type: 'text', text: 'Be brief.' },
      ],
    }),
    gemini: gemini('Hi', { systemInstruction: { parts: [{ text: 'Be kind.' }, { text: 'Be brief.' }] } }),
  },

  'parallel-tools-with-results': {
    'openai-chat': {
      model: 'model',
      messages: [
        { role: 'user', content: 'Weather in Oslo and Rome?' },
        {
          role: 'assistant',
          content: 'Let me look.',
          tool_calls: [
            { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
            { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_a', content: '3 °C' },
        { role: 'tool', tool_call_id: 'call_b', content: '{"degrees":21}' },
      ],
      tools: [
        { type: 'function', function: { name: 'weather', description: 'Of a city', parameters: schema } },
      ],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      parallel_tool_calls: false,
    },
    'openai-responses': responses(
      [
        { role: 'user', content: 'Weather in Oslo and Rome?' },
        { role: 'assistant', content: 'Let me look.' },
        { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
        { type: 'function_call', call_id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
        { type: 'function_call_output', call_id: 'call_a', output: '3 °C' },
        { type: 'function_call_output', call_id: 'call_b', output: '{"degrees":21}' },
      ],
      {
        tools: [
          { type: 'function', name: 'weather', description: 'Of a city', parameters: schema, strict: false },
        ],
        tool_choice: { type: 'function', name: 'weather' },
        parallel_tool_calls: false,
      },
    ),
    'anthropic-messages': {
      model: 'model',
      max_tokens: 100,
      messages: [
        { role: 'user', content: 'Weather in Oslo and Rome?' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'toolu_b', name: 'weather', input: { city: 'Rome' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_a', content: '3 °C' },
            {
              type: 'tool_result',
              tool_use_id: 'toolu_b',
              content: [{ type: 'text', text: 'no such city' }],
              is_error: true,
            },
          ],
        },
      ],
      tools: [{ name: 'weather', description: 'Of a city', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'weather', disable_parallel_tool_use: true },
    },
    gemini: {
      contents: [
        { role: 'user', parts: [{ text: 'Weather in Oslo and Rome?' }] },
        {
          role: 'model',
          parts: [
            { text: 'Let me look.' },
            { functionCall: { name: 'weather', args: { city: 'Oslo' } } },
            { functionCall: { name: 'weather', args: { city: 'Rome' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'weather', response: { output: '3 °C' } } },
            { functionResponse: { name: 'weather', response: { degrees: 21 } } },
          ],
        },
      ],
      tools: [
        {
          functionDeclarations: [{ name: 'weather', description: 'Of a city', parametersJsonSchema: schema }],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
    },
  },

  'image-and-pdf': {
    'openai-chat': {
      model: 'model',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Compare.' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}`, detail: 'high' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } },
          ],
        },
      ],
    },
    'openai-responses': responses([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Compare.' },
          { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'high' },
          { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` },
        ],
      },
    ]),
    'anthropic-messages': anthropic([
      { type: 'text', text: 'Compare.' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
      {
        type: 'document',
        title: 'a.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: pdf },
      },
    ]),
    gemini: {
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'Compare.' },
            { inlineData: { mimeType: 'image/png', data: png } },
            { inlineData: { mimeType: 'application/pdf', data: pdf } },
          ],
        },
      ],
    },
  },

  'image-by-url': {
    'openai-chat': {
      model: 'model',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
      ],
    },
    'openai-responses': responses([
      {
        role: 'user',
        content: [{ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' }],
      },
    ]),
    'anthropic-messages': anthropic([
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ]),
    gemini: {
      contents: [
        {
          role: 'user',
          parts: [{ fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' } }],
        },
      ],
    },
  },

  'reasoning-asked-and-given-back': {
    'openai-chat': {
      model: 'model',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', reasoning_content: 'They greet.', content: 'Hello.' },
        { role: 'user', content: 'Why?' },
      ],
      reasoning_effort: 'medium',
    },
    'openai-responses': responses(
      [
        { role: 'user', content: 'Hi' },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'They greet.' }],
          encrypted_content: 'ZW5j',
        },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'Why?' },
      ],
      {
        reasoning: { effort: 'medium', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
        store: false,
      },
    ),
    'anthropic-messages': {
      model: 'model',
      max_tokens: 9000,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'They greet.', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'cmVk' },
            { type: 'text', text: 'Hello.' },
          ],
        },
        { role: 'user', content: 'Why?' },
      ],
      thinking: { type: 'enabled', budget_tokens: 4096 },
    },
    gemini: {
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        {
          role: 'model',
          parts: [
            { text: 'They greet.', thought: true },
            { text: 'Hello.', thoughtSignature: 'c2ln' },
          ],
        },
        { role: 'user', parts: [{ text: 'Why?' }] },
      ],
      generationConfig: { thinkingConfig: { thinkingBudget: 4096, includeThoughts: true } },
    },
  },

  'structured-output': {
    'openai-chat': chat('Hi', {
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } },
    }),
    'openai-responses': responses('Hi', {
      text: { format: { type: 'json_schema', name: 'place', strict: true, schema } },
    }),
    'anthropic-messages': anthropic('Hi', { output_config: { format: { type: 'json_schema', schema } } }),
    gemini: gemini('Hi', {
      generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
    }),
  },

  'schema-with-bounds': {
    'openai-chat': chat('Hi', {
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: bounded } },
    }),
    'openai-responses': responses('Hi', {
      text: { format: { type: 'json_schema', name: 'place', schema: bounded } },
      tools: [{ type: 'function', name: 'weather', parameters: bounded, strict: true }],
    }),
    'anthropic-messages': anthropic('Hi', {
      output_config: { format: { type: 'json_schema', schema: closed } },
    }),
    gemini: gemini('Hi', {
      generationConfig: { responseMimeType: 'application/json', responseSchema: subset },
    }),
  },

  'tool-names-that-are-not-taken-everywhere': {
    'openai-chat': {
      model: 'model',
      messages: [{ role: 'user', content: 'List' }],
      tools: ['files/list', '2fa', 'a'.repeat(70)].map((name) => ({ type: 'function', function: { name } })),
      tool_choice: { type: 'function', function: { name: 'files/list' } },
    },
    gemini: {
      contents: [
        { role: 'user', parts: [{ text: 'List' }] },
        { role: 'model', parts: [{ functionCall: { name: 'files.list', args: {} } }] },
        {
          role: 'user',
          parts: [{ functionResponse: { name: 'files.list', response: { output: 'a.txt' } } }],
        },
      ],
      tools: [{ functionDeclarations: [{ name: 'files.list' }, { name: 'files_list' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['files.list'] } },
    },
  },

  'six-cache-marks': {
    'openai-chat': {
      model: 'model',
      messages: [
        {
          role: 'system',
          content: [{ type: 'text', text: 'Long', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        },
        ...['1', '2', '3', '4'].map((text) => ({
          role: 'user',
          content: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }],
        })),
      ],
      tools: [{ type: 'function', function: { name: 'weather' }, cache_control: { type: 'ephemeral' } }],
    },
    'openai-responses': responses([
      {
        role: 'user',
        content: [{ type: 'input_text', text: 'Long', prompt_cache_breakpoint: { mode: 'explicit' } }],
      },
    ]),
  },

  'spoken-answer': {
    'openai-chat': chat('Hi', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'pcm16' } }),
    gemini: gemini('Hi', {
      generationConfig: {
        responseModalities: ['AUDIO'],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      },
    }),
  },

  'thoughts-among-the-parts': {
    'openai-chat': {
      model: 'model',
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'They greet.' }] },
            { type: 'text', text: 'Hello.' },
          ],
        },
        { role: 'user', content: 'Why?' },
      ],
    },
    'anthropic-messages': anthropic('Hi', { thinking: { type: 'between_tools' }, max_tokens: 9000 }),
  },

  'json-of-any-shape': {
    'openai-chat': chat('Hi', { response_format: { type: 'json_object' } }),
    'openai-responses': responses('Hi', { text: { format: { type: 'json_object' } } }),
    gemini: gemini('Hi', { generationConfig: { responseMimeType: 'application/json' } }),
  },

  'sampling-and-limits': {
    'openai-chat': chat('Hi', {
      temperature: 1.5,
      top_p: 0.5,
      seed: 7,
      frequency_penalty: 0.5,
      max_completion_tokens: 50,
      user: 'u1',
    }),
    'openai-responses': responses('Hi', {
      temperature: 1.5,
      top_p: 0.5,
      max_output_tokens: 50,
      safety_identifier: 'u1',
    }),
    'anthropic-messages': anthropic('Hi', {
      temperature: 0.5,
      top_p: 0.5,
      top_k: 40,
      metadata: { user_id: 'u1' },
    }),
    gemini: gemini('Hi', {
      generationConfig: { temperature: 1.5, topP: 0.5, topK: 40, seed: 7, maxOutputTokens: 50 },
      safetySettings: [],
    }),
  },

  'stop-texts': {
    'openai-chat': chat('Hi', { stop: ['END', 'FIN'] }),
    'anthropic-messages': anthropic('Hi', { stop_sequences: ['END', 'FIN'] }),
    gemini: gemini('Hi', { generationConfig: { stopSequences: ['END', 'FIN'] } }),
  },

  'five-stop-texts': {
    'anthropic-messages': anthropic('Hi', { stop_sequences: ['1', '2', '3', '4', '5'] }),
    gemini: gemini('Hi', { generationConfig: { stopSequences: ['1', '2', '3', '4', '5'] } }),
  },

  'several-answers': {
    'openai-chat': chat('Hi', { n: 2 }),
    gemini: gemini('Hi', { generationConfig: { candidateCount: 2 } }),
  },

  'cache-marks': {
    'openai-chat': {
      model: 'model',
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: 'Long', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        },
      ],
      prompt_cache_key: 'k',
    },
    'openai-responses': responses('Hi', { prompt_cache_key: 'k' }),
    'anthropic-messages': anthropic([
      { type: 'text', text: 'Long', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ]),
    gemini: gemini('Hi', { cachedContent: 'cachedContents/1' }),
  },

  'tools-of-the-vendor': {
    'openai-chat': chat('News?', { web_search_options: {} }),
    'openai-responses': responses('News?', { tools: [{ type: 'web_search' }] }),
    'anthropic-messages': anthropic('News?', {
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    }),
    gemini: gemini('News?', { tools: [{ googleSearch: {} }] }),
  },

  'last-turn-of-the-assistant': {
    'openai-chat': {
      model: 'model',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hel' },
      ],
    },
    'anthropic-messages': {
      model: 'model',
      max_tokens: 9,
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hel' },
      ],
    },
    gemini: {
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ text: 'Hel' }] },
      ],
    },
  },
}
