// What each field of a Responses request stands for.
// https://platform.openai.com/docs/api-reference/responses/create

import type { OldDefaults, OldMeaning, OldRows } from '../../../fields/old-table.ts'

const each = (path: string, types: string, row: OldMeaning): OldRows =>
  Object.fromEntries(types.split(' ').map((type) => [`${path}[type=${type}]`, row]))

/** Parts of a message or of a tool's output. */
const partsAt = (path: string): OldRows => ({
  ...each(
    path,
    'input_text output_text text refusal input_image input_file input_audio reasoning_text',
    'frame',
  ),
  ...each(path, 'computer_screenshot', 'native'),
  [`${path}[].type`]: 'frame',
  [`${path}[].text`]: 'frame',
  [`${path}[].refusal`]: 'refusal',
  [`${path}[].annotations`]: 'given-citations',
  ...each(`${path}[].annotations`, 'file_citation url_citation container_file_citation file_path', 'whole'),
  [`${path}[].logprobs`]: 'moot',
  [`${path}[].extra_content`]: 'signature',
  [`${path}[].image_url`]: ['image', 'image-url'],
  [`${path}[].detail`]: 'image-detail',
  [`${path}[].file_id`]: 'stored-media',
  [`${path}[].file_data`]: 'file',
  [`${path}[].file_url`]: 'file-url',
  [`${path}[].filename`]: 'file-about',
  [`${path}[].input_audio`]: 'audio',
  [`${path}[].input_audio.data`]: 'audio',
  [`${path}[].input_audio.format`]: 'audio',
  [`${path}[].prompt_cache_breakpoint`]: 'cache',
  [`${path}[].prompt_cache_breakpoint.mode`]: 'moot',
  // minutes and hours that no other vendor offers
  [`${path}[].prompt_cache_breakpoint.ttl`]: 'lost',
})

/** Tools: of the request, of a namespace, of items that bring some. */
const toolsAt = (path: string): OldRows => ({
  ...each(path, 'function custom', 'frame'),
  // run by the client itself; those of OpenAI go to it alone
  ...each(path, 'tool_search', 'frame'),
  ...each(
    path,
    'file_search computer computer_use_preview web_search web_search_2025_08_26 web_search_preview',
    'native-tool',
  ),
  ...each(
    path,
    'web_search_preview_2025_03_11 mcp code_interpreter programmatic_tool_calling image_generation local_shell',
    'native-tool',
  ),
  ...each(path, 'shell apply_patch', 'native-tool'),
  [`${path}[].type`]: 'frame',
  [`${path}[].name`]: 'frame',
  [`${path}[].description`]: 'frame',
  [`${path}[].parameters`]: 'whole',
  [`${path}[].output_schema`]: 'lost',
  [`${path}[].strict`]: ['strict-tool', 'tool-bounds'],
  [`${path}[].format`]: 'custom-tool-grammar',
  [`${path}[].format.type`]: 'frame',
  [`${path}[].format.syntax`]: 'custom-tool-grammar',
  [`${path}[].format.definition`]: 'custom-tool-grammar',
  [`${path}[].execution`]: 'frame',
  // programs that OpenAI runs cannot call them elsewhere, and tools that wait for a search are offered at
  // once
  [`${path}[].allowed_callers`]: 'lost',
  [`${path}[].defer_loading`]: 'lost',
  // elsewhere every result stands in the request that follows the call
  [`${path}[].async`]: 'lost',
})

const namespacesAt = (path: string): OldRows => ({
  [path]: ['tools', 'custom-tool', 'native-tool'],
  ...toolsAt(path),
  [`${path}[type=namespace].type`]: 'frame',
  [`${path}[type=namespace].name`]: 'frame',
  // the tools in it are described one by one
  [`${path}[type=namespace].description`]: 'lost',
  [`${path}[type=namespace].tools`]: 'tools',
  ...toolsAt(`${path}[type=namespace].tools`),
})

const itemsAt = (path: string): OldRows => ({
  [path]: 'frame',
  ...each(
    path,
    'message function_call function_call_output custom_tool_call custom_tool_call_output reasoning',
    'frame',
  ),
  ...each(path, 'additional_tools tool_search_call tool_search_output', 'frame'),
  ...each(
    path,
    'file_search_call web_search_call computer_call computer_call_output code_interpreter_call image_generation_call',
    'native',
  ),
  ...each(
    path,
    'local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output',
    'native',
  ),
  ...each(path, 'mcp_list_tools mcp_approval_request mcp_approval_response mcp_call', 'native'),
  ...each(
    path,
    'compaction compaction_trigger item_reference program program_output configuration_update',
    'native',
  ),
  [`${path}[].type`]: 'frame',
  [`${path}[].role`]: 'frame',
  [`${path}[].content`]: 'frame',
  ...partsAt(`${path}[].content`),
  [`${path}[].id`]: 'moot',
  [`${path}[].status`]: 'moot',
  // commentary or the last word: a help for OpenAI's models with what they said themselves
  [`${path}[].phase`]: 'lost',
  [`${path}[].caller`]: 'lost',
  [`${path}[].async`]: 'lost',
  [`${path}[].namespace`]: 'frame',
  [`${path}[].call_id`]: 'frame',
  [`${path}[].name`]: 'frame',
  [`${path}[].arguments`]: 'whole',
  [`${path}[].input`]: 'frame',
  [`${path}[].output`]: 'frame',
  ...partsAt(`${path}[].output`),
  // the call says it
  [`${path}[type=function_call_output].name`]: 'moot',
  [`${path}[type=function_call_output].namespace`]: 'moot',
  ...namespacesAt(`${path}[].tools`),
  [`${path}[].execution`]: 'moot',
  [`${path}[type=additional_tools].role`]: 'moot',
  [`${path}[type=reasoning].content`]: 'unsigned-reasoning',
  [`${path}[type=reasoning].content[].type`]: 'frame',
  [`${path}[type=reasoning].content[].text`]: 'unsigned-reasoning',
  [`${path}[].summary`]: 'unsigned-reasoning',
  [`${path}[].summary[].type`]: 'frame',
  [`${path}[].summary[].text`]: 'unsigned-reasoning',
  [`${path}[].encrypted_content`]: 'given-reasoning',
  [`${path}[].extra_content`]: 'signature',
})

const choice: OldRows = {
  tool_choice: ['tool-choice', 'allowed-tools'],
  'tool_choice.type': 'frame',
  'tool_choice.name': 'tool-choice',
  'tool_choice.mode': 'allowed-tools',
  'tool_choice.tools': 'whole',
  'tool_choice.server_label': 'refused',
  parallel_tool_calls: 'parallel-tool-calls',
}

const output: OldRows = {
  text: ['json-output', 'schema-output', 'verbosity'],
  'text.format': ['json-output', 'schema-output'],
  'text.format.type': 'frame',
  'text.format.schema': 'whole',
  'text.format.name': 'schema-name',
  'text.format.description': 'schema-name',
  'text.format.strict': 'strict-schema',
  'text.verbosity': 'verbosity',
  max_output_tokens: 'max-output',
  top_logprobs: 'logprobs',
  // each of its words by itself
  include: 'frame',
  stream: 'frame',
  stream_options: 'frame',
  'stream_options.include_obfuscation': 'lost',
}

export const rows: OldRows = {
  model: 'frame',
  instructions: 'frame',
  ...itemsAt('input'),
  ...namespacesAt('tools'),
  ...choice,
  ...output,
  reasoning: ['reasoning-effort', 'reasoning-summary'],
  'reasoning.effort': 'reasoning-effort',
  'reasoning.summary': 'reasoning-summary',
  'reasoning.generate_summary': 'reasoning-summary',
  'reasoning.context': 'lost',
  'reasoning.mode': 'lost',
  temperature: 'temperature',
  top_p: 'top-p',
  service_tier: 'service-tier',
  user: 'user',
  safety_identifier: 'user',
  metadata: 'metadata',
  prompt_cache_key: 'cache-key',
  prompt_cache_options: 'lost',
  prompt_cache_retention: 'lost',
  // the gateway keeps the answer, whoever makes it
  store: 'moot',
  truncation: 'lost',
  context_management: 'lost',
  // of the vendor's own tools, which are refused anyway
  max_tool_calls: 'lost',
  // which of OpenAI's own programs may be used
  access_programs: 'lost',
  image: 'lost',
  background: 'refused',
  background_options: 'lost',
  conversation: 'refused',
  moderation: 'refused',
  // whoever keeps answers has put the conversation in its place before a translation sees it
  previous_response_id: 'refused',
  prompt: 'refused',
}

export const idle: OldDefaults = {
  'stream_options.include_obfuscation': [false],
  'input[].caller': [{ type: 'direct' }],
  'input[].async': [false],
  ...Object.fromEntries(
    ['tools', 'tools[type=namespace].tools', 'input[].tools', 'input[].tools[type=namespace].tools'].flatMap(
      (path) => [
        [`${path}[].allowed_callers`, [['direct']]] as const,
        [`${path}[].defer_loading`, [false]] as const,
        [`${path}[].async`, [false]] as const,
        [`${path}[].format`, [{ type: 'text' }]] as const,
      ],
    ),
  ),
  'reasoning.context': ['auto'],
  'reasoning.mode': ['standard'],
  'text.format': [{ type: 'text' }],
  // given anyway
  include: [['reasoning.encrypted_content']],
  service_tier: ['auto'],
  truncation: ['disabled'],
  background: [false],
}
