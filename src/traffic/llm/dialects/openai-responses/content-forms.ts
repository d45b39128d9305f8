// Items in both directions: their types, their parts, and their machine-made values.
// https://platform.openai.com/docs/api-reference/responses/create#responses-create-input,
// .../responses/object#responses/object-output

import { all } from '../../../wire/fields/all.ts'
import {
  blocks,
  free,
  id,
  media,
  name,
  number,
  schema,
  sealed,
  stored,
  text,
  time,
  tool,
  word,
} from '../../../wire/fields/form.ts'
import type { FormTable } from '../../../wire/fields/tree.ts'

const itemTypes = blocks({
  text:
    'message function_call function_call_output custom_tool_call custom_tool_call_output reasoning item_reference compaction compaction_trigger ' +
    'web_search_call file_search_call computer_call code_interpreter_call local_shell_call local_shell_call_output shell_call shell_call_output ' +
    'apply_patch_call apply_patch_call_output mcp_call mcp_approval_request mcp_approval_response tool_search_call program program_output ' +
    'configuration_update',
  tool: 'mcp_list_tools additional_tools tool_search_output',
  image: 'computer_call_output image_generation_call',
})

const partTypes = blocks({
  text: 'input_text output_text text refusal reasoning_text summary_text',
  image: 'input_image computer_screenshot image',
  audio: 'input_audio',
  video: 'input_video',
  file: 'input_file',
})

const tokenAt = (path: string): FormTable => ({
  [`${path}.token`]: text,
  [`${path}.logprob`]: number,
  [`${path}.bytes[]`]: number,
})

export const annotationAt = (path: string): FormTable => ({
  [`${path}.type`]: word('file_citation url_citation container_file_citation file_path'),
  ...all(path, 'title url filename', text),
  ...all(path, 'start_index end_index index', number),
  ...all(path, 'file_id container_id', id),
})

export const partAt = (path: string): FormTable => ({
  [`${path}.type`]: partTypes,
  ...all(path, 'text refusal filename', text),
  ...annotationAt(`${path}.annotations[]`),
  ...tokenAt(`${path}.logprobs[]`),
  ...tokenAt(`${path}.logprobs[].top_logprobs[]`),
  [`${path}.image_url`]: media('image'),
  [`${path}.file_url`]: media('file'),
  [`${path}.file_data`]: media('file'),
  [`${path}.file_id`]: stored('file'),
  [`${path}.data`]: media('file'),
  [`${path}.input_audio`]: media('audio'),
  [`${path}.input_audio.data`]: media('audio'),
  [`${path}.input_audio.format`]: word('wav mp3 flac opus pcm16 ogg m4a aac webm'),
  [`${path}.detail`]: word('auto low high original'),
  [`${path}.prompt_cache_breakpoint.mode`]: word('auto explicit'),
  [`${path}.extra_content`]: free,
})

/** Tools of a request, of a namespace, of items that define tools, and of a response that repeats them. */
export const toolsAt = (path: string): FormTable => ({
  [`${path}[].type`]: word(
    'function custom tool_search file_search computer computer_use_preview web_search web_search_2025_08_26 web_search_preview namespace ' +
      'web_search_preview_2025_03_11 mcp code_interpreter programmatic_tool_calling image_generation local_shell shell apply_patch',
  ),
  ...all(`${path}[]`, 'name server_label connector_id', name),
  [`${path}[].description`]: text,
  ...all(`${path}[]`, 'parameters output_schema input_schema', schema),
  [`${path}[].format.type`]: word('text grammar'),
  [`${path}[].format.syntax`]: word('lark regex'),
  [`${path}[].format.definition`]: text,
  [`${path}[].execution`]: word('client server'),
  [`${path}[].allowed_callers[]`]: word('direct programmatic'),
  [`${path}[].search_context_size`]: word('low medium high'),
  [`${path}[].user_location.type`]: word('approximate'),
  ...all(`${path}[].user_location`, 'city region country timezone', text),
  [`${path}[].vector_store_ids[]`]: id,
  ...all(
    `${path}[]`,
    'max_num_results display_width display_height partial_images output_compression',
    number,
  ),
  [`${path}[].container.type`]: word('auto container_auto local container_reference'),
  [`${path}[].container.file_ids[]`]: id,
  ...all(`${path}[]`, 'server_url server_description authorization', text),
  ...all(`${path}[]`, 'headers allowed_tools require_approval filters ranking_options', free),
  ...all(
    `${path}[]`,
    'size quality background moderation output_format input_fidelity action environment',
    word(drawing),
  ),
  [`${path}[].input_image_mask.image_url`]: media('image'),
  [`${path}[].input_image_mask.file_id`]: stored('image'),
})

const drawing =
  'auto low medium high transparent opaque png webp jpeg 1024x1024 1024x1536 1536x1024 generate edit windows mac linux ubuntu browser'

const statuses = word(
  'in_progress completed incomplete failed searching interpreting generating calling cancelled queued',
)

export const itemAt = (path: string): FormTable => ({
  [`${path}.type`]: itemTypes,
  [`${path}.role`]: word('user assistant system developer critic discriminator tool unknown'),
  [`${path}.status`]: statuses,
  [`${path}.phase`]: word('commentary final_answer'),
  ...all(path, 'id call_id container_id approval_request_id', id),
  ...all(path, 'name namespace server_label', name),
  [`${path}.encrypted_content`]: sealed,
  [`${path}.execution`]: word('client server'),
  ...all(path, 'arguments action actions operation caller', free),
  ...all(path, 'input code error created_by', text),
  ...all(path, 'max_output_length', number),
  ...all(`${path}.pending_safety_checks[]`, 'id code message', text),
  ...all(`${path}.acknowledged_safety_checks[]`, 'id code message', text),
  [`${path}.content`]: text,
  ...partAt(`${path}.content[]`),
  [`${path}.summary[].type`]: word('summary_text'),
  [`${path}.summary[].text`]: text,
  [`${path}.output`]: text,
  ...partAt(`${path}.output[]`),
  ...partAt(`${path}.output`),
  ...all(`${path}.output[]`, 'stdout stderr', text),
  [`${path}.output[].outcome.type`]: word('exit timeout'),
  [`${path}.output[].outcome.exit_code`]: number,
  // of the code interpreter
  [`${path}.outputs[].type`]: blocks({ text: 'logs', image: 'image' }),
  [`${path}.outputs[].logs`]: text,
  [`${path}.outputs[].url`]: media('image'),
  // a drawn image
  [`${path}.result`]: media('image'),
  ...all(path, 'revised_prompt', text),
  ...all(path, 'size quality background output_format', word(drawing)),
  [`${path}.queries[]`]: text,
  ...all(`${path}.results[]`, 'text filename', text),
  [`${path}.results[].file_id`]: id,
  [`${path}.results[].score`]: number,
  [`${path}.results[].attributes`]: free,
  ...toolsAt(`${path}.tools`),
  ...toolsAt(`${path}.tools[].tools`),
  [`${path}.tools[].name`]: tool,
  [`${path}.tools[].annotations`]: free,
  [`${path}.extra_content`]: free,
  [`${path}.expires_at`]: time,
})
