// The values of messages, stream events and errors that guards need not read.
// https://docs.claude.com/en/api/messages#response,
// https://docs.claude.com/en/docs/build-with-claude/streaming, https://docs.claude.com/en/api/errors

import { all } from '../../../../wire/fields/all.ts'
import { free, id, name, number, sealed, text, time, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { blocksAt, citationAt } from '../content-forms.ts'

const reasons = word(
  'end_turn max_tokens stop_sequence tool_use pause_turn refusal model_context_window_exceeded compaction',
)

const counts =
  'input_tokens output_tokens cache_creation_input_tokens cache_read_input_tokens cache_creation.ephemeral_5m_input_tokens ' +
  'cache_creation.ephemeral_1h_input_tokens server_tool_use.web_search_requests server_tool_use.web_fetch_requests ' +
  'server_tool_use.code_execution_requests output_tokens_details.thinking_tokens thinking_tokens'

const usageAt = (path: string): FormTable => ({
  ...all(path, counts, number),
  [`${path}.service_tier`]: word('standard priority batch auto flex'),
  [`${path}.inference_geo`]: word('us eu global not_available'),
  [`${path}.speed`]: word('standard fast'),
  ...all(`${path}.iterations[]`, counts, number),
  [`${path}.iterations[].type`]: word('message compaction advisor_message'),
  [`${path}.iterations[].model`]: name,
})

const containerAt = (path: string): FormTable => ({
  [`${path}.id`]: id,
  [`${path}.expires_at`]: time,
  [`${path}.skills[].type`]: word('anthropic custom'),
  ...all(`${path}.skills[]`, 'skill_id version', name),
})

const editsAt = (path: string): FormTable => ({
  [`${path}.applied_edits[].type`]: word('clear_tool_uses_20250919 clear_thinking_20251015 compact_20260112'),
  ...all(`${path}.applied_edits[]`, 'cleared_input_tokens cleared_tool_uses cleared_thinking_turns', number),
})

const messageAt = (path: string): FormTable => {
  const at = path === '' ? '' : `${path}.`
  return {
    [`${at}id`]: id,
    [`${at}role`]: word('assistant user'),
    [`${at}model`]: name,
    [`${at}stop_reason`]: reasons,
    [`${at}stop_sequence`]: text,
    ...all(`${at}stop_details`, 'type', word('refusal')),
    ...all(`${at}stop_details`, 'category explanation', text),
    ...usageAt(`${at}usage`),
    ...containerAt(`${at}container`),
    ...editsAt(`${at}context_management`),
    ...blocksAt(`${at}content[]`),
  }
}

const events =
  'message error message_start message_delta message_stop content_block_start content_block_delta content_block_stop ping'
const errors =
  'invalid_request_error authentication_error permission_error not_found_error request_too_large rate_limit_error api_error overloaded_error ' +
  'timeout_error billing_error'

/** All values in a separate block, in the place of a list. */
const onlyBlock = (path: string): FormTable =>
  Object.fromEntries(Object.entries(blocksAt('x[]')).map(([at, form]) => [at.replace('x[]', path), form]))

export const forms: FormTable = {
  type: word(events),
  index: number,
  ...messageAt(''),
  ...messageAt('message'),
  'message.type': word('message'),
  ...onlyBlock('content_block'),
  'delta.type': word(
    'text_delta input_json_delta citations_delta thinking_delta signature_delta compaction_delta',
  ),
  ...all('delta', 'text partial_json thinking content', text),
  'delta.signature': sealed,
  'delta.encrypted_content': sealed,
  'delta.stop_reason': reasons,
  'delta.stop_sequence': text,
  ...all('delta.stop_details', 'type', word('refusal')),
  ...all('delta.stop_details', 'category explanation', text),
  ...containerAt('delta.container'),
  ...citationAt('delta.citation'),
  'error.type': word(errors),
  'error.message': text,
  'error.details': free,
  request_id: id,
  // of counts
  input_tokens: number,
}
