// What nobody reads by name: every string, key and long number that the named fields leave over. Guards get it as one piece, a leaf a line,
// because a field that we have never heard of carries an e-mail address just as well as `content` does.

import { type JsonLeaf, jsonLeaves } from '../../../../kit/json-leaves.ts'
import type { JsonSource, JsonSpan } from '../../../../kit/json-spans.ts'

/** Leaves between two offsets that may hold content, in order. @param isRead has the field been read by name? */
export function unreadLeaves(source: JsonSource, from: number, to: number, isRead: (start: number) => boolean): JsonSpan[] {
  const found: JsonSpan[] = []
  jsonLeaves(source, from, to, (leaf) => {
    if (!isRead(leaf.start) && mayHoldContent(source, leaf)) found.push(leaf)
  })
  return found
}

function mayHoldContent({ latin1 }: JsonSource, { kind, start, end, isKey, of }: JsonLeaf): boolean {
  const length = end - start
  if (kind === 'number') return length >= shortestNumber && of !== 'seed' && of !== 'created'
  if (length <= 2) return false
  if (isKey) return !words.has(latin1.slice(start + 1, end - 1))
  if (plainWords.has(of) && length <= longestWord && plainWord.test(latin1.slice(start + 1, end - 1))) return false
  // Media, which guards cannot read; policies ask for it with operation.media.
  return !(payloads.has(of) && (of === 'data' || latin1.startsWith('data:', start + 1)))
}

/** The shortest number that anybody is known by has nine digits or so; a price or a token limit has fewer. */
const shortestNumber = 8

/** Fields that hold a word of the protocol or an id that a machine made, as long as they do. */
const plainWords: ReadonlySet<string> = new Set(
  'role type id tool_call_id finish_reason native_finish_reason stop_reason object model system_fingerprint service_tier detail format'.split(' '),
)
const longestWord = 130
const plainWord = /^[A-Za-z0-9_./:-]*$/

const payloads: ReadonlySet<string> = new Set(['data', 'file_data', 'url', 'image_url', 'encrypted_content', 'signature'])

/** Names of the protocol and of JSON Schema. All other keys are the author's own words. */
const words: ReadonlySet<string> = new Set(
  [
    'model messages role content name type text id function functions tools tool_calls tool_call_id tool_choice function_call arguments input custom',
    'description parameters strict properties required items enum anyOf oneOf allOf additionalProperties default title minimum maximum minLength',
    'maxLength pattern format const schema json_schema response_format image_url url detail data file file_id file_data filename input_audio refusal',
    'reasoning reasoning_content reasoning_details reasoning_effort thinking audio metadata user stop stream stream_options include_usage',
    'temperature top_p top_k n seed max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs',
    'parallel_tool_calls service_tier store prediction modalities voice verbosity safety_identifier prompt_cache_key index choices delta message',
    'finish_reason usage created object annotations url_citation start_index end_index transcript definition syntax grammar summary',
  ]
    .join(' ')
    .split(' '),
)
