// Rows of items and their parts. The forms of their members are in content-forms.ts, because responses have
// the same items.

import { below, each, eachType, withForms } from '../../../fields/index.ts'
import type { FieldRows } from '../../../fields/index.ts'
import { text } from '../../../../wire/fields/form.ts'
import { itemAt } from '../content-forms.ts'
import { toolRowsAt } from './tool-rows.ts'

/** Parts of a message, or of a tool's output. */
const partRowsAt = (path: string): FieldRows => ({
  ...eachType(path, 'input_text output_text text refusal input_image input_file input_audio reasoning_text', {
    means: 'structure',
  }),
  ...eachType(path, 'computer_screenshot', { means: 'native' }),
  ...below(`${path}[]`, {
    type: { means: 'structure' },
    text: { means: 'structure' },
    refusal: { means: 'refusal' },
    annotations: { means: 'given-citations' },
    ...eachType('annotations', 'file_citation url_citation container_file_citation file_path', {
      means: 'verbatim',
    }),
    logprobs: { means: 'ignored' },
    extra_content: { means: 'signature', sends: [] },
    image_url: { means: ['image', 'image-url'] },
    detail: { means: 'image-detail' },
    file_id: { means: 'stored-media' },
    file_data: { means: 'file', sends: ['file', 'file-text'] },
    file_url: { means: 'file-url' },
    filename: { means: 'file-about' },
    input_audio: { means: 'audio', sends: [] },
    'input_audio.data': { means: 'audio', sends: [] },
    'input_audio.format': { means: 'audio', sends: [] },
    // prefixes are cached without marks
    prompt_cache_breakpoint: { means: 'cache', sends: [] },
    'prompt_cache_breakpoint.mode': { means: 'ignored' },
    // cache lifetimes that no other vendor offers
    'prompt_cache_breakpoint.ttl': { means: 'lost' },
  }),
})

const translatedItems =
  'message function_call function_call_output custom_tool_call custom_tool_call_output reasoning ' +
  'additional_tools tool_search_call tool_search_output'

const vendorItems =
  'file_search_call web_search_call computer_call computer_call_output code_interpreter_call image_generation_call ' +
  'local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output ' +
  'mcp_list_tools mcp_approval_request mcp_approval_response mcp_call ' +
  'compaction compaction_trigger item_reference program program_output configuration_update'

/** OpenAI accepts a reasoning item only with the content that it encrypted. */
const reasoningRows: FieldRows = {
  'input[type=reasoning].content': { means: 'unsigned-reasoning', sends: [] },
  'input[type=reasoning].content[].type': { means: 'structure' },
  'input[type=reasoning].content[].text': { means: 'unsigned-reasoning', sends: [] },
  'input[].summary': { means: 'unsigned-reasoning', sends: [], names: ['unsigned-reasoning'] },
  'input[].summary[].type': { means: 'structure' },
  'input[].summary[].text': { means: 'unsigned-reasoning', sends: [] },
  'input[].encrypted_content': { means: 'given-reasoning' },
}

const rows: FieldRows = {
  ...eachType('input', translatedItems, { means: 'structure' }),
  ...eachType('input', vendorItems, { means: 'native' }),
  'input[].type': { means: 'structure', names: ['native'] },
  'input[].role': {
    means: 'structure',
    sends: ['developer', 'instruction-inside', 'assistant-first'],
    // OpenAI's models begin a new message instead of continuing the last one
    names: ['prefill'],
  },
  'input[].content': { means: 'structure' },
  'input[].content[]': { names: ['assistant-media'] },
  ...partRowsAt('input[].content'),
  ...each('input[]', 'id status', { means: 'ignored' }),
  // commentary or final answer: a hint for OpenAI's models about their own earlier output
  'input[].phase': { means: 'lost' },
  'input[].caller': { means: 'lost', defaults: [{ type: 'direct' }] },
  'input[].async': { means: 'lost', defaults: [false] },
  'input[].namespace': { means: 'structure' },
  'input[].call_id': { means: 'structure', names: ['missing-result'] },
  'input[].name': { means: 'structure' },
  'input[].arguments': { means: 'verbatim' },
  'input[].input': { means: 'structure' },
  'input[].output': { means: 'structure', sends: ['tool-result-media'] },
  ...partRowsAt('input[].output'),
  // the call has it
  'input[type=function_call_output].name': { means: 'ignored' },
  'input[type=function_call_output].namespace': { means: 'ignored' },
  ...toolRowsAt('input[].tools'),
  'input[].execution': { means: 'ignored' },
  'input[type=additional_tools].role': { means: 'ignored' },
  ...reasoningRows,
  'input[].extra_content': { means: 'signature', sends: [], names: ['signature'] },
}

export const itemRows = withForms(rows, { ...itemAt('input[]'), 'input[]': text })
