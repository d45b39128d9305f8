// Names of the dialect's own, and members that hold no author's words, so that guards read whatever else there is.

import type { UnreadWords } from '../../wire/unread.ts'

export const unread: UnreadWords = {
  plainMembers: new Set(['type', 'sequence_number', 'created_at', 'completed_at', 'status']),
  opaque: new Set(['id', 'call_id', 'item_id', 'status', 'encrypted_content', 'obfuscation', 'container_id', 'response_id', 'result', 'include']),
  keys: new Set(
    [
      'input instructions include max_output_tokens max_tool_calls previous_response_id truncation background conversation prompt variables effort',
      'generate_summary call_id output status annotations encrypted_content item item_id part response sequence_number output_index content_index',
      'summary_index annotation annotation_index obfuscation arguments action query queries results container_id code outputs logs mode filters',
      'allowed_tools server_label server_url search_context_size user_location country city region timezone vector_store_ids max_num_results',
      'safety_identifier prompt_cache_key prompt_cache_retention created_at completed_at file_url filename sources phase error incomplete_details',
    ]
      .join(' ')
      .split(' '),
  ),
}

/** What a response says of its request and of itself: no words of the model. */
export const echoed: readonly string[] = [
  'id object created_at completed_at status model usage error incomplete_details service_tier background instructions metadata',
  'previous_response_id conversation prompt prompt_cache_key prompt_cache_retention reasoning safety_identifier text tool_choice tools',
  'truncation user include',
].flatMap((names) => names.split(' '))
