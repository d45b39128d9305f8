// What each field of a Messages request stands for. https://docs.claude.com/en/api/messages and, behind
// `anthropic-beta`,
// https://docs.claude.com/en/api/beta-headers.

import type { OldDefaults, OldMeaning, OldRows } from '../../../fields/old-table.ts'

const each = (path: string, types: string, row: OldMeaning): OldRows =>
  Object.fromEntries(types.split(' ').map((type) => [`${path}[type=${type}]`, row]))

const cacheAt = (path: string): OldRows => ({
  [path]: 'cache',
  [`${path}.type`]: 'moot',
  [`${path}.ttl`]: 'cache-ttl',
})

/** Texts, images and documents: in messages and in results of tools. */
const contentAt = (path: string): OldRows => ({
  ...each(path, 'text image document', 'frame'),
  ...each(path, 'search_result', 'native'),
  [`${path}[].type`]: 'frame',
  [`${path}[].text`]: 'frame',
  ...cacheAt(`${path}[].cache_control`),
  [`${path}[].citations`]: ['given-citations', 'file-citable'],
  [`${path}[].citations.enabled`]: 'file-citable',
  ...each(
    `${path}[].citations`,
    'char_location page_location content_block_location web_search_result_location',
    'whole',
  ),
  ...each(`${path}[].citations`, 'search_result_location', 'whole'),
  [`${path}[].source`]: 'frame',
  [`${path}[].source.type`]: 'frame',
  [`${path}[].source.media_type`]: 'frame',
  [`${path}[].source.data`]: ['image', 'file', 'file-text'],
  [`${path}[].source.url`]: ['image-url', 'file-url'],
  [`${path}[].source.file_id`]: 'stored-media',
  [`${path}[].source.content`]: 'native',
  [`${path}[].title`]: 'file-about',
  [`${path}[].context`]: 'file-context',
  [`${path}[].transformations`]: 'lost',
})

const messages: OldRows = {
  messages: 'frame',
  'messages[].role': 'frame',
  'messages[].content': 'frame',
  // until when the model sees it, and how hard it thinks about it
  'messages[].clear_at': 'refused',
  'messages[].output_config': 'lost',
  ...contentAt('messages[].content'),
  ...each('messages[].content', 'thinking redacted_thinking tool_use tool_result', 'frame'),
  ...each(
    'messages[].content',
    'server_tool_use web_search_tool_result web_fetch_tool_result advisor_tool_result',
    'native',
  ),
  ...each('messages[].content', 'code_execution_tool_result bash_code_execution_tool_result', 'native'),
  ...each(
    'messages[].content',
    'text_editor_code_execution_tool_result tool_search_tool_result mcp_tool_use mcp_tool_result',
    'native',
  ),
  ...each('messages[].content', 'container_upload compaction mcp_tool_listing fallback', 'native'),
  // in instructions: other tools from there on
  ...each('messages[].content', 'tool_addition tool_removal', 'refused'),
  'messages[].content[].thinking': 'given-reasoning',
  'messages[].content[].signature': 'given-reasoning',
  'messages[].content[].data': 'given-reasoning',
  'messages[].content[].id': 'frame',
  'messages[].content[].name': 'frame',
  'messages[].content[].input': 'whole',
  'messages[].content[].caller': 'lost',
  'messages[].content[].toolset_name': 'lost',
  'messages[].content[].tool_use_id': 'frame',
  'messages[].content[].content': 'frame',
  ...contentAt('messages[].content[].content'),
  ...each('messages[].content[].content', 'browser_state', 'native'),
  ...each('messages[].content[].content', 'tool_reference', 'frame'),
  'messages[].content[].content[type=tool_reference].tool_name': 'frame',
  'messages[].content[].is_error': 'tool-result-error',
  system: 'frame',
  'system[].type': 'frame',
  'system[].text': 'frame',
  ...cacheAt('system[].cache_control'),
  'system[].citations': 'given-citations',
  ...each(
    'system[].citations',
    'char_location page_location content_block_location web_search_result_location',
    'whole',
  ),
  ...each('system[].citations', 'search_result_location', 'whole'),
}

const tools: OldRows = {
  tools: ['tools', 'native-tool'],
  ...each('tools', 'custom', 'frame'),
  ...each(
    'tools',
    'bash_20241022 bash_20250124 code_execution_20250522 code_execution_20250825 code_execution_20260120',
    'native-tool',
  ),
  ...each(
    'tools',
    'code_execution_20260521 browser_toolset_20260801 computer_20241022 computer_20250124 computer_20251124',
    'native-tool',
  ),
  ...each(
    'tools',
    'computer_toolset_20260801 memory_20250818 text_editor_20241022 text_editor_20250124',
    'native-tool',
  ),
  ...each(
    'tools',
    'text_editor_20250429 text_editor_20250728 web_search_20250305 web_search_20260209 web_search_20260318',
    'native-tool',
  ),
  ...each(
    'tools',
    'web_fetch_20250910 web_fetch_20260209 web_fetch_20260309 web_fetch_20260318 advisor_20260301',
    'native-tool',
  ),
  ...each(
    'tools',
    'tool_search_tool_bm25_20251119 tool_search_tool_bm25 tool_search_tool_regex_20251119',
    'native-tool',
  ),
  ...each('tools', 'tool_search_tool_regex mcp_toolset', 'native-tool'),
  'tools[].type': 'frame',
  'tools[].name': 'frame',
  'tools[].description': 'frame',
  'tools[].input_schema': 'whole',
  'tools[].strict': 'strict-tool',
  ...cacheAt('tools[].cache_control'),
  'tools[].allowed_callers': 'refused',
  'tools[].defer_loading': 'lost',
  'tools[].eager_input_streaming': 'lost',
  'tools[].input_examples': 'lost',
  tool_choice: ['tool-choice', 'parallel-tool-calls'],
  'tool_choice.type': 'tool-choice',
  'tool_choice.name': 'tool-choice',
  'tool_choice.disable_parallel_tool_use': 'parallel-tool-calls',
}

const formatAt = (path: string): OldRows => ({
  [path]: 'schema-output',
  [`${path}.type`]: 'frame',
  [`${path}.schema`]: 'whole',
})

export const rows: OldRows = {
  model: 'frame',
  ...messages,
  stream: 'frame',
  max_tokens: 'max-output',
  ...tools,
  thinking: ['reasoning-budget', 'reasoning-effort', 'reasoning-summary'],
  'thinking.type': 'reasoning-effort',
  'thinking.budget_tokens': 'reasoning-budget',
  'thinking.display': 'reasoning-summary',
  // what becomes of thinking that does not fit its conversation: other vendors get none of it
  'thinking.block_binding': 'lost',
  output_config: ['reasoning-effort', 'schema-output'],
  'output_config.effort': 'reasoning-effort',
  ...formatAt('output_config.format'),
  'output_config.task_budget': 'lost',
  // the beta's older place of output_config.format
  ...formatAt('output_format'),
  stop_sequences: 'stop',
  temperature: 'temperature',
  top_p: 'top-p',
  top_k: 'top-k',
  metadata: 'user',
  'metadata.user_id': 'user',
  service_tier: 'service-tier',
  ...cacheAt('cache_control'),
  // where the call may be computed is no hint
  inference_geo: 'refused',
  container: 'refused',
  mcp_servers: 'refused',
  // a conversation that only Anthropic has
  thread: 'refused',
  // asks for a summary instead of an answer
  compaction: 'refused',
  // who pays for it
  billing_policy: 'refused',
  fallback_credit_token: 'lost',
  user_profile_id: 'lost',
  context_management: 'lost',
  speed: 'lost',
  fallbacks: 'lost',
  diagnostics: 'lost',
}

export const idle: OldDefaults = {
  'messages[].clear_at': ['never'],
  'messages[].content[].caller': [{ type: 'direct' }],
  'tools[].allowed_callers': [['direct']],
  'tools[].type': ['custom'],
  'tools[].defer_loading': [false],
  'tools[].eager_input_streaming': [false],
  service_tier: ['auto'],
  speed: ['standard'],
}
