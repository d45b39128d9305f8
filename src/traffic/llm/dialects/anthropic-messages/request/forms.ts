// What the values of a Messages request look like that guards need not read, and which blocks, media and
// tools there are.
// https://docs.claude.com/en/api/messages and, behind `anthropic-beta`,
// https://docs.claude.com/en/api/beta-headers.

import { all } from '../../../../wire/fields/all.ts'
import { free, id, name, number, schema, servedTool, text, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { blocksAt, cacheAt } from '../content-forms.ts'

const toolTypes =
  'custom bash_20241022 bash_20250124 code_execution_20250522 code_execution_20250825 code_execution_20260120 code_execution_20260521 ' +
  'browser_toolset_20260801 computer_20241022 computer_20250124 computer_20251124 computer_toolset_20260801 memory_20250818 ' +
  'text_editor_20241022 text_editor_20250124 text_editor_20250429 text_editor_20250728 web_search_20250305 web_search_20260209 ' +
  'web_search_20260318 web_fetch_20250910 web_fetch_20260209 web_fetch_20260309 web_fetch_20260318 advisor_20260301 ' +
  'tool_search_tool_bm25_20251119 tool_search_tool_bm25 tool_search_tool_regex_20251119 tool_search_tool_regex mcp_toolset'

export const forms: FormTable = {
  model: name,
  'messages[].role': word('user assistant system'),
  ...blocksAt('messages[].content[]'),
  ...blocksAt('system[]'),
  ...cacheAt('cache_control'),
  'tools[].type': word(toolTypes),
  ...all('tools[]', 'name mcp_server_name', name),
  'tools[].input_schema': schema,
  'tools[].input_examples': free,
  ...cacheAt('tools[]'),
  'tools[].allowed_callers[]': word('direct code_execution_20250825 code_execution_20260120'),
  ...all(
    'tools[]',
    'max_uses max_characters max_content_tokens display_width_px display_height_px display_number',
    number,
  ),
  ...all('tools[]', 'allowed_domains[] blocked_domains[]', text),
  'tools[].user_location.type': word('approximate'),
  ...all('tools[].user_location', 'city region country timezone', text),
  'tool_choice.type': word('auto any tool none'),
  'tool_choice.name': name,
  'thinking.type': word('enabled disabled adaptive'),
  'thinking.display': word('summarized omitted'),
  'output_config.effort': word('low medium high xhigh max'),
  'output_config.format.type': word('json_schema'),
  'output_config.format.schema': schema,
  'output_format.type': word('json_schema'),
  'output_format.schema': schema,
  service_tier: word('auto standard_only'),
  speed: word('standard fast'),
  inference_geo: word('us eu global'),
  ...all('', 'temperature top_p top_k max_tokens', number),
  'stop_sequences[]': text,
  container: id,
  'container.id': id,
  'container.skills': servedTool,
  ...all('container.skills[]', 'skill_id version', name),
  'container.skills[].type': word('anthropic custom'),
  'mcp_servers[].type': word('url'),
  'mcp_servers[].name': name,
  ...all('mcp_servers[]', 'url authorization_token', text),
  ...all('mcp_servers[].tool_configuration', 'enabled allowed_tools', text),
  'context_management.edits[].type': word(
    'clear_tool_uses_20250919 clear_thinking_20251015 compact_20260112',
  ),
  ...all(
    'context_management.edits[]',
    'trigger keep clear_at_least exclude_tools clear_tool_inputs instructions pause_after_compaction',
    free,
  ),
  ...all('', 'plugins web_search_options search_parameters enable_search web_search', servedTool),
}
