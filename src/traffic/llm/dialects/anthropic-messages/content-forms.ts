// Forms of the values in blocks, which requests and responses share.
// https://docs.claude.com/en/api/messages and, with `anthropic-beta`,
// https://docs.claude.com/en/api/beta-headers.

import { all } from '../../../wire/fields/all.ts'
import {
  blocks,
  free,
  id,
  media,
  mediaType,
  name,
  number,
  sealed,
  stored,
  text,
  time,
  tool,
  word,
} from '../../../wire/fields/form.ts'
import type { FormTable } from '../../../wire/fields/tree.ts'

const types = blocks({
  text:
    'text thinking redacted_thinking tool_use tool_result server_tool_use web_search_tool_result web_search_result web_search_tool_result_error ' +
    'web_fetch_tool_result web_fetch_result web_fetch_tool_result_error advisor_tool_result advisor_result advisor_tool_result_error ' +
    'code_execution_tool_result code_execution_result encrypted_code_execution_result code_execution_tool_result_error ' +
    'bash_code_execution_tool_result bash_code_execution_result bash_code_execution_tool_result_error text_editor_code_execution_tool_result ' +
    'text_editor_code_execution_view_result text_editor_code_execution_create_result text_editor_code_execution_str_replace_result ' +
    'text_editor_code_execution_tool_result_error tool_search_tool_result tool_search_tool_search_result tool_search_tool_result_error ' +
    'mcp_tool_use mcp_tool_result compaction browser_state advisor_redacted_result fallback',
  // they add tools, or name deferred ones
  tool: 'tool_reference mcp_tool_listing tool_addition tool_removal',
  image: 'image',
  file: 'document search_result container_upload code_execution_output bash_code_execution_output text_editor_code_execution_output file',
})

const sourceAt = (path: string): FormTable => ({
  [`${path}.type`]: word('base64 url file text content'),
  [`${path}.media_type`]: mediaType,
  [`${path}.data`]: media('file'),
  [`${path}.url`]: media('file'),
  [`${path}.file_id`]: stored('file'),
})

const cache = (path: string): FormTable => ({
  [`${path}.cache_control.type`]: word('ephemeral'),
  [`${path}.cache_control.ttl`]: word('5m 1h'),
})

const citationsAt = (path: string): FormTable => ({
  [`${path}.type`]: word(
    'char_location page_location content_block_location web_search_result_location search_result_location citations_delta',
  ),
  ...all(path, 'cited_text document_title title url source', text),
  ...all(
    path,
    'document_index start_char_index end_char_index start_page_number end_page_number start_block_index end_block_index',
    number,
  ),
  ...all(path, 'search_result_index', number),
  [`${path}.encrypted_index`]: sealed,
  [`${path}.file_id`]: id,
})

/** One block, without nested blocks. */
const blockAt = (path: string): FormTable => ({
  [`${path}.type`]: types,
  ...all(path, 'text thinking title context content url page_age stdout stderr error_message', text),
  [`${path}.signature`]: sealed,
  // of redacted thinking
  [`${path}.data`]: sealed,
  ...all(path, 'id tool_use_id', id),
  [`${path}.file_id`]: stored('file'),
  ...all(path, 'name server_name toolset_name', name),
  [`${path}.tool_name`]: tool,
  [`${path}.input`]: free,
  ...all(path, 'encrypted_content encrypted_index encrypted_stdout', sealed),
  [`${path}.retrieved_at`]: time,
  [`${path}.error_code`]: word(errorCodes),
  [`${path}.caller.type`]: word('direct code_execution_20250825 code_execution_20260120'),
  [`${path}.caller.tool_id`]: id,
  ...all(
    path,
    'return_code num_lines start_line total_lines old_start old_lines new_start new_lines',
    number,
  ),
  ...sourceAt(`${path}.source`),
  ...sourceAt(`${path}.content.source`),
  ...citationsAt(`${path}.citations[]`),
  ...cache(path),
})

const errorCodes =
  'invalid_tool_input unavailable max_uses_exceeded too_many_requests query_too_long request_too_large execution_time_exceeded output_file_too_large ' +
  'url_too_long url_not_allowed url_not_accessible unsupported_content_type file_not_found string_not_found invalid_input'

/** A list of blocks with its nested lists: tool results, documents in results, images in documents. */
export function blocksAt(path: string): FormTable {
  const inside = [
    path,
    `${path}.content[]`,
    `${path}.content[].content[]`,
    `${path}.source.content[]`,
    `${path}.content[].source.content[]`,
  ]
  // a result of Anthropic's own tools is one object
  const single = [
    `${path}.content`,
    `${path}.content.content[]`,
    `${path}.content.content`,
    `${path}.content.tool_references[]`,
  ]
  return Object.fromEntries([
    [path, text] as const,
    ...[...inside, ...single].flatMap((each) => Object.entries(blockAt(each))),
  ])
}

export const cacheAt = cache
export const citationAt = citationsAt
