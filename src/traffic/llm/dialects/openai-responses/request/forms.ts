// What the values of a Responses request look like that guards need not read, and which items, parts, media
// and tools there are.
// https://platform.openai.com/docs/api-reference/responses/create

import { all } from '../../../../wire/fields/all.ts'
import { free, id, name, number, schema, servedTool, text, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { itemAt, partAt, toolsAt } from '../content-forms.ts'

const included =
  'file_search_call.results web_search_call.results web_search_call.action.sources message.input_image.image_url ' +
  'computer_call_output.output.image_url code_interpreter_call.outputs reasoning.encrypted_content message.output_text.logprobs'

export const forms: FormTable = {
  model: name,
  ...itemAt('input[]'),
  'input[]': text,
  ...itemAt('instructions[]'),
  ...toolsAt('tools'),
  ...toolsAt('tools[].tools'),
  tool_choice: word('none auto required'),
  'tool_choice.type': word(
    'function custom allowed_tools mcp file_search web_search_preview computer_use_preview web_search_preview_2025_03_11 image_generation ' +
      'code_interpreter web_search apply_patch shell computer programmatic_tool_calling tool_search',
  ),
  'tool_choice.mode': word('auto required'),
  ...all('tool_choice', 'name server_label', name),
  'tool_choice.tools': free,
  'text.format.type': word('text json_schema json_object'),
  'text.format.schema': schema,
  'text.format.name': name,
  'text.verbosity': word('low medium high'),
  'include[]': word(included),
  'reasoning.effort': word('none minimal low medium high xhigh max'),
  ...all('reasoning', 'summary generate_summary', word('auto concise detailed')),
  'reasoning.context': word('auto none all'),
  'reasoning.mode': word('standard pro'),
  service_tier: word('auto default flex scale priority standard fast'),
  truncation: word('auto disabled'),
  prompt_cache_retention: word('in-memory in_memory 24h'),
  previous_response_id: id,
  conversation: id,
  'conversation.id': id,
  'prompt.id': id,
  'prompt.version': text,
  'prompt.variables': text,
  'prompt.variables.*': text,
  ...partAt('prompt.variables.*'),
  'metadata.*': text,
  ...all('', 'temperature top_p max_output_tokens top_logprobs max_tool_calls seed top_k', number),
  'context_management[].type': word('compaction'),
  'context_management[].compact_threshold': number,
  ...all('', 'web_search_options plugins search_parameters enable_search web_search moderation', servedTool),
  // of servers in its image
  ...all(
    '',
    'presence_penalty frequency_penalty repetition_penalty min_p chat_template_kwargs provider',
    text,
  ),
}
