// What of this dialect's fields is no author's words, for the reading of whatever the named fields leave over (citations, results of server tools).

import type { UnreadWords } from '../../wire/unread.ts'

const names = [
  'system max_tokens stop_sequences source media_type base64 cache_control ttl ephemeral citations enabled title context thinking budget_tokens display',
  'signature tool_use_id is_error input_schema disable_parallel_tool_use output_config output_format effort user_id inference_geo container mcp_servers',
  'user_profile_id context_management speed allowed_callers defer_loading eager_input_streaming input_examples caller toolset_name transformations',
  'allowed_domains blocked_domains max_uses user_location max_characters max_content_tokens cited_text document_index document_title start_char_index',
  'end_char_index start_page_number end_page_number start_block_index end_block_index search_result_index encrypted_index encrypted_content page_age',
  'retrieved_at tool_name tool_references stdout stderr return_code error_code error_message content_block partial_json stop_reason stop_sequence',
  'input_tokens output_tokens cache_creation cache_creation_input_tokens cache_read_input_tokens ephemeral_5m_input_tokens ephemeral_1h_input_tokens',
  'output_tokens_details thinking_tokens server_tool_use web_search_requests web_fetch_requests',
  'stop_details category explanation message usage applied_edits expires_at',
]

export const unread: UnreadWords = {
  keys: new Set(names.join(' ').split(' ')),
  plainMembers: new Set(['type', 'role', 'index', 'usage', 'stop_reason', 'container', 'context_management', 'request_id']),
  opaque: new Set([
    'signature',
    'tool_use_id',
    'file_id',
    'media_type',
    'encrypted_content',
    'encrypted_index',
    'encrypted_stdout',
    'stop_reason',
    'ttl',
  ]),
}
