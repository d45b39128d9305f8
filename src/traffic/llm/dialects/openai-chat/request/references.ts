// The fields of a chat request that name other models, or objects in the vendor's account.

import type { ReferenceTable } from '../../../wire/references.ts'

export const references: ReferenceTable = {
  opaque: new Set([
    'messages[].tool_calls[].function',
    'messages[].tool_calls[].custom',
    'messages[].function_call',
    // citations of earlier responses
    'messages[].annotations',
    'tools[]{function}.function',
    'tools[]{}.function',
    'tools[]{custom}.custom',
    'functions',
    'response_format',
    'metadata',
    'logit_bias',
    // vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    'guided_json',
    'structured_outputs',
    'chat_template_kwargs',
  ]),
  conversation: new Set(['messages']),
  // OpenRouter groups records by "session_id", DashScope and others by "user_id" and "request_id":
  // https://openrouter.ai/docs/api-reference/chat-completion
  localIds: new Set(['tool_call_id', 'call_id', 'user_id', 'session_id', 'request_id', 'trace_id']),
  state: {
    'messages[].audio.id': { what: 'an earlier audio response' },
    // Gemini's OpenAI-compatible address
    cached_content: { what: 'cached content' },
    conversation: { what: 'a conversation' },
  },
}
