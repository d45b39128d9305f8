// What nobody reads by name: every string, key and long number that the named fields leave over. Guards get it as one piece, a leaf a line,
// because a field that we have never heard of carries an e-mail address just as well as `content` does.

import type { PieceKind } from '../../../contract/content.ts'
import { type JsonLeaf, jsonLeaves } from '../../../kit/json-leaves.ts'
import type { JsonDocument, JsonSource, JsonSpan } from '../../../kit/json-spans.ts'
import type { AnswerFacts } from './facts.ts'
import type { Slot } from './slot.ts'

/** What a dialect knows to be no author's words. */
export interface UnreadWords {
  /** Members of an answer's top level that hold no content, or content that other steps answer for (`error`). */
  plainMembers?: ReadonlySet<string>
  /** Names of members beside those that all dialects share. All other keys are the author's own words. */
  keys?: ReadonlySet<string>
  /** Members that hold what only machines read, however long: ids, ciphers. Not skipped when words stand there. */
  opaque?: ReadonlySet<string>
}

export const unreadChannel = 'fields'

/** Whatever else the caller wrote, on two channels: the definitions of tools and schemas, which the model obeys, and all other fields. */
export function unreadOfRequest(
  { document, modelSpan }: { document: JsonDocument; modelSpan?: JsonSpan },
  known: readonly Slot[],
  definingMembers: readonly string[],
  words: UnreadWords | undefined,
): Slot[] {
  const read = known.flatMap(({ spans }) => spans)
  if (modelSpan) read.push(modelSpan)
  const defining = definingMembers.flatMap((name) => document.members.get(name) ?? [])
  const definitions: JsonSpan[] = []
  const others: JsonSpan[] = []
  const visit = unreadLeaves(document, read, words, (leaf) => {
    const isDefinition = defining.some(({ start, end }) => leaf.start >= start && leaf.end <= end)
    ;(isDefinition ? definitions : others).push(leaf)
  })
  jsonLeaves(document, document.root.start, document.root.end, visit)
  return [...slotOf('definitions', 'tool-definition', definitions), ...slotOf(unreadChannel, 'text', others)]
}

/**
 * What the fields that we know leave over of an answer (annotations, names of tools, `message` beside `delta`, whatever a vendor adds), read whole:
 * a text that a vendor spreads over several events in a field of its own invention is seen piece by piece only.
 */
export function unreadOfAnswer({ document, groups }: AnswerFacts, words: UnreadWords | undefined): Slot | undefined {
  const read: JsonSpan[] = []
  for (const { slots, repeats } of groups) {
    for (const { spans } of slots) for (const span of spans) read.push(span)
    for (const { span, isRead } of repeats) if (!isRead) read.push(span)
  }
  const spans: JsonSpan[] = []
  const visit = unreadLeaves(document, read, words, (leaf) => void spans.push(leaf))
  for (const [name, { start, end }] of document.members) {
    if (!plainMembers.has(name) && !words?.plainMembers?.has(name)) jsonLeaves(document, start, end, visit, name)
  }
  return slotOf(unreadChannel, 'text', spans)[0]
}

function slotOf(channel: string, kind: PieceKind, spans: JsonSpan[]): Slot[] {
  return spans.length === 0 ? [] : [{ channel, kind, escaping: 'none', spans, isLines: true }]
}

/**
 * Passes on the leaves that may hold content and stand in none of the spans that were read by name. Leaves must come in the order of the source:
 * the spans are walked along with them.
 */
function unreadLeaves(
  source: JsonSource,
  read: JsonSpan[],
  words: UnreadWords | undefined,
  found: (leaf: JsonSpan) => void,
): (leaf: JsonLeaf) => void {
  const spans = read.sort((a, b) => a.start - b.start)
  let next = 0
  let readUntil = 0
  return (leaf) => {
    for (let span = spans[next]; span !== undefined && span.start <= leaf.start; span = spans[++next]) readUntil = Math.max(readUntil, span.end)
    if (leaf.start >= readUntil && mayHoldContent(source, leaf, words)) found(leaf)
  }
}

function mayHoldContent({ latin1 }: JsonSource, { kind, start, end, isKey, of }: JsonLeaf, words: UnreadWords | undefined): boolean {
  const length = end - start
  if (kind === 'number') return length >= shortestNumber && !times.has(of)
  if (length <= 2) return false
  if (isKey) {
    const key = latin1.slice(start + 1, end - 1)
    return !keys.has(key) && !words?.keys?.has(key)
  }
  if (words?.opaque?.has(of) && machineMade.test(latin1.slice(start + 1, end - 1))) return false
  if (plainWords.has(of) && length <= longestWord && plainWord.test(latin1.slice(start + 1, end - 1))) return false
  // Media, which guards cannot read; policies ask for it with operation.media. What is no base64 is a text under a wrong name.
  const mayBeMedia = payloads.has(of) && (of === 'data' || latin1.startsWith('data:', start + 1))
  return !(mayBeMedia && base64.test(latin1.slice(start + 1, end - 1)))
}

const plainMembers: ReadonlySet<string> = new Set(['usage', 'error', 'id', 'object', 'created', 'model', 'system_fingerprint', 'service_tier'])

/** The shortest number that anybody is known by has nine digits or so; a price or a token limit has fewer. */
const shortestNumber = 8

/** And a seed, which is nobody's number. */
const times: ReadonlySet<string> = new Set(['created', 'created_at', 'completed_at', 'expires_at', 'seed'])

/** Fields that hold a word of the dialect or an id that a machine made, as long as they do. */
const plainWords: ReadonlySet<string> = new Set(
  'role type id tool_call_id finish_reason native_finish_reason stop_reason object model system_fingerprint service_tier detail format'.split(' '),
)
const longestWord = 130
const plainWord = /^[A-Za-z0-9_./:-]*$/

const payloads: ReadonlySet<string> = new Set(['data', 'file_data', 'url', 'image_url'])

/** Alone, or in a `data:` URL (RFC 2397); JSON may write a slash with a backslash. */
const base64 = /^(?:data:[\w.+/;=-]*;base64,)?[A-Za-z0-9+/\\_-]*=*$/i

/** Ids, MIME types, base64: without blanks, so that nobody's words hide there. */
const machineMade = /^[A-Za-z0-9+/_.:=-]*$/

/** Names of the dialect and of JSON Schema. All other keys are the author's own words. */
const keys: ReadonlySet<string> = new Set(
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
