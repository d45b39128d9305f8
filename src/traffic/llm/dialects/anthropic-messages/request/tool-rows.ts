// Rows of tools and of the tool choice.

import { below, each, eachType, withForms } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { free, name, number, schema, word } from '../../../../wire/fields/form.ts'
import { cacheAt } from '../content-forms.ts'

const vendorTools =
  'bash_20241022 bash_20250124 code_execution_20250522 code_execution_20250825 code_execution_20260120 ' +
  'code_execution_20260521 browser_toolset_20260801 computer_20241022 computer_20250124 computer_20251124 ' +
  'computer_toolset_20260801 memory_20250818 text_editor_20241022 text_editor_20250124 text_editor_20250429 ' +
  'text_editor_20250728 web_search_20250305 web_search_20260209 web_search_20260318 web_fetch_20250910 ' +
  'web_fetch_20260209 web_fetch_20260309 web_fetch_20260318 advisor_20260301 tool_search_tool_bm25_20251119 ' +
  'tool_search_tool_bm25 tool_search_tool_regex_20251119 tool_search_tool_regex mcp_toolset'

const tools: FieldRows = {
  // A free-text tool becomes a function with one text argument.
  tools: { means: ['tools', 'native-tool'], sends: ['tools', 'native-tool', 'custom-tool'] },
  'tools[]': { names: ['native-tool'] },
  ...eachType('tools', 'custom', { means: 'structure' }),
  ...eachType('tools', vendorTools, { means: 'native-tool' }),
  ...below('tools[]', {
    type: { means: 'structure', defaults: ['custom'], form: word(`custom ${vendorTools}`) },
    name: { means: 'structure', form: name },
    description: { means: 'structure', sends: ['tool-description'] },
    input_schema: { means: 'verbatim', form: schema },
    strict: { means: 'strict-tool' },
    cache_control: { means: 'cache' },
    'cache_control.type': { means: 'ignored' },
    'cache_control.ttl': { means: 'cache-ttl' },
    allowed_callers: { means: 'refused', defaults: [['direct']] },
    'allowed_callers[]': { form: word('direct code_execution_20250825 code_execution_20260120') },
    defer_loading: { means: 'lost', defaults: [false] },
    eager_input_streaming: { means: 'lost', defaults: [false] },
    input_examples: { means: 'lost', form: free },
    // for tools that Anthropic defines
    mcp_server_name: { form: name },
    ...each(
      '',
      'max_uses max_characters max_content_tokens display_width_px display_height_px display_number',
      { form: number },
    ),
    ...each('', 'allowed_domains[] blocked_domains[]', {}),
    'user_location.type': { form: word('approximate') },
    ...each('user_location', 'city region country timezone', {}),
  }),
}

/** decode-tools.ts and encode-tools.ts read and write the choice. */
const choice: FieldRows = {
  // Only the allowed tools are sent.
  tool_choice: {
    means: ['tool-choice', 'parallel-tool-calls'],
    sends: ['tool-choice', 'parallel-tool-calls', 'allowed-tools'],
  },
  'tool_choice.type': { means: 'tool-choice', form: word('auto any tool none') },
  'tool_choice.name': { means: 'tool-choice', form: name },
  'tool_choice.disable_parallel_tool_use': {
    means: 'parallel-tool-calls',
    names: ['parallel-tool-calls'],
    read: false,
    write: false,
  },
}

export const toolRows = { ...withForms(tools, cacheAt('tools[]')), ...choice }
