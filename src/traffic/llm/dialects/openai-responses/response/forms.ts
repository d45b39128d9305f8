// The values of responses, stream events and errors that guards need not read.
// https://platform.openai.com/docs/api-reference/responses/object,
// https://platform.openai.com/docs/api-reference/responses-streaming

import { all } from '../../../../wire/fields/all.ts'
import { free, id, name, number, schema, sealed, text, time, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { openaiErrors } from '../../../wire/openai/error-forms.ts'
import { annotationAt, itemAt, partAt, toolsAt } from '../content-forms.ts'

const usageAt = (path: string): FormTable => ({
  ...all(path, 'input_tokens output_tokens total_tokens', number),
  ...all(
    `${path}.input_tokens_details`,
    'cached_tokens audio_tokens text_tokens image_tokens cache_write_tokens',
    number,
  ),
  ...all(`${path}.output_tokens_details`, 'reasoning_tokens audio_tokens text_tokens image_tokens', number),
})

const statuses = word('completed failed in_progress cancelled queued incomplete')

const responseAt = (path: string): FormTable => {
  const at = path === '' ? '' : `${path}.`
  return {
    [`${at}id`]: id,
    [`${at}object`]: word('response response.compaction response.input_tokens response.deleted'),
    ...all(path, 'created_at completed_at expires_at', time),
    [`${at}status`]: statuses,
    ...all(
      path,
      'background parallel_tool_calls store frequency_penalty presence_penalty temperature top_p top_logprobs',
      number,
    ),
    ...all(path, 'max_output_tokens max_tool_calls', number),
    [`${at}instructions`]: text,
    ...itemAt(`${at}instructions[]`),
    [`${at}model`]: name,
    ...itemAt(`${at}output[]`),
    [`${at}output_text`]: text,
    [`${at}previous_response_id`]: id,
    [`${at}conversation.id`]: id,
    [`${at}prompt.id`]: id,
    ...all(path, 'prompt_cache_key safety_identifier user', text),
    [`${at}prompt_cache_retention`]: word('in-memory in_memory 24h'),
    [`${at}reasoning.effort`]: word('none minimal low medium high xhigh max'),
    ...all(`${at}reasoning`, 'summary generate_summary', word('auto concise detailed')),
    [`${at}service_tier`]: word('auto default flex scale priority standard fast'),
    [`${at}text.format.type`]: word('text json_schema json_object'),
    [`${at}text.format.schema`]: schema,
    [`${at}text.format.name`]: name,
    ...all(`${at}text.format`, 'strict description', text),
    [`${at}text.verbosity`]: word('low medium high'),
    [`${at}tool_choice`]: word('none auto required'),
    ...all(`${at}tool_choice`, 'type name mode server_label', name),
    ...toolsAt(`${at}tools`),
    ...toolsAt(`${at}tools[].tools`),
    [`${at}truncation`]: word('auto disabled'),
    [`${at}metadata.*`]: text,
    [`${at}incomplete_details.reason`]: word('max_output_tokens content_filter'),
    [`${at}error.code`]: word(failures),
    [`${at}error.message`]: text,
    ...usageAt(`${at}usage`),
  }
}

const failures =
  'server_error rate_limit_exceeded invalid_prompt vector_store_timeout invalid_image invalid_image_format invalid_base64_image invalid_image_url ' +
  'image_too_large image_too_small image_parse_error image_content_policy_violation invalid_image_mode image_file_too_large ' +
  'unsupported_image_media_type empty_image_file failed_to_download_image image_file_not_found'

const events =
  'created in_progress queued completed incomplete failed cancelled output_item.added output_item.done content_part.added content_part.done ' +
  'output_text.delta output_text.done output_text.annotation.added refusal.delta refusal.done reasoning_text.delta reasoning_text.done ' +
  'reasoning_summary_part.added reasoning_summary_part.done reasoning_summary_text.delta reasoning_summary_text.done ' +
  'function_call_arguments.delta function_call_arguments.done custom_tool_call_input.delta custom_tool_call_input.done ' +
  'code_interpreter_call_code.delta code_interpreter_call_code.done code_interpreter_call.in_progress code_interpreter_call.interpreting ' +
  'code_interpreter_call.completed file_search_call.in_progress file_search_call.searching file_search_call.completed ' +
  'web_search_call.in_progress web_search_call.searching web_search_call.completed image_generation_call.in_progress ' +
  'image_generation_call.generating image_generation_call.partial_image image_generation_call.completed mcp_call_arguments.delta ' +
  'mcp_call_arguments.done mcp_call.in_progress mcp_call.completed mcp_call.failed mcp_list_tools.in_progress mcp_list_tools.completed ' +
  'mcp_list_tools.failed audio.delta audio.done audio.transcript.delta audio.transcript.done'

export const forms: FormTable = {
  ...responseAt(''),
  ...openaiErrors,
  'error.code': word(failures),
  ...responseAt('response'),
  type: word(
    `error ${events
      .split(' ')
      .map((each) => `response.${each}`)
      .join(' ')}`,
  ),
  ...all(
    '',
    'sequence_number output_index content_index summary_index annotation_index partial_image_index',
    number,
  ),
  ...all('', 'item_id response_id', id),
  ...all('', 'delta text refusal arguments input code message param obfuscation', text),
  ...itemAt('item'),
  ...partAt('part'),
  'part.type': word('output_text refusal reasoning_text summary_text text'),
  ...annotationAt('annotation'),
  ...all('logprobs[]', 'token', text),
  ...all('logprobs[]', 'logprob bytes[]', number),
  ...all('logprobs[].top_logprobs[]', 'token', text),
  ...all('logprobs[].top_logprobs[]', 'logprob bytes[]', number),
  partial_image_b64: sealed,
  sources: free,
  // of counts
  input_tokens: number,
}
