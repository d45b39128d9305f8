// Turns as messages of this dialect.

import { written } from '../../../canonical/index.ts'
import type {
  AssistantTurn,
  GenerateRequest,
  Json,
  JsonObject,
  MediaBlock,
  NativeBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { detailOf, extraContentOf } from './decode-reasoning.ts'

export function encodeMessages({ system, turns }: GenerateRequest, notes: LossNotes): Json[] {
  // images only are looked at more or less closely
  if (turns.some(({ blocks }) => blocks.some(hasUnsaidDetail))) notes.drop('image-detail')
  return [...system, ...turns].flatMap(encodeTurn)
}

function hasUnsaidDetail(block: Turn['blocks'][number] | ToolResultBlock['blocks'][number]): boolean {
  if (block.kind === 'tool-result') return block.blocks.some(hasUnsaidDetail)
  return block.kind === 'media' && block.media !== 'image' && block.detail !== undefined
}

function encodeTurn(turn: Turn): JsonObject[] {
  if (turn.role === 'tool') return encodeResults(turn.blocks)
  const { role, name } = turn
  if (turn.role === 'assistant') return [written({ role, name, ...assistantMembers(turn) })]
  return [written({ role, name, content: contentOf(turn.blocks) })]
}

type ContentBlock = TextBlock | RefusalBlock | MediaBlock | NativeBlock

/** One plain text is written as a string, as most clients do; everything else as parts. */
function contentOf(blocks: readonly ContentBlock[]): Json {
  const [only] = blocks
  if (only?.kind === 'text' && blocks.length === 1) return only.text
  return blocks.flatMap(partOf)
}

function partOf(block: ContentBlock): Json[] {
  if (block.kind === 'text') return [{ type: 'text', text: block.text }]
  if (block.kind === 'refusal') return [{ type: 'refusal', refusal: block.text }]
  if (block.kind === 'native') return block.native.dialect === 'openai-chat' ? [block.native.value] : []
  const { media, source, name, mediaType = 'application/octet-stream' } = block
  if (media === 'audio')
    return source.kind === 'data' ? [{ type: 'input_audio', input_audio: { data: source.base64, format: formatOf(mediaType) } }] : []
  const url = source.kind === 'data' ? `data:${mediaType};base64,${source.base64}` : source.kind === 'url' ? source.url : undefined
  if (media === 'image') return url === undefined ? [] : [{ type: 'image_url', image_url: written({ url, detail: block.detail }) }]
  if (source.kind === 'id') return [{ type: 'file', file: { file_id: source.id } }]
  const text = source.kind === 'text' ? `data:text/plain;base64,${Buffer.from(source.text).toString('base64')}` : url
  return [{ type: 'file', file: written({ filename: name ?? 'document', file_data: text }) }]
}

const formatOf = (mediaType: string) => (mediaType === 'audio/mpeg' ? 'mp3' : mediaType.replace(/^audio\/(?:x-)?/, ''))

function assistantMembers({ blocks }: AssistantTurn): { [key: string]: Json | undefined } {
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call')
  const content = blocks.filter((block): block is TextBlock | NativeBlock => block.kind === 'text' || block.kind === 'native')
  const refusal = blocks.find((block) => block.kind === 'refusal')
  const reasoning = blocks.filter((block) => block.kind === 'reasoning')
  const kept = reasoning.filter(({ signature }) => signature === undefined || signature.dialect === 'openai-chat')
  const said = kept.flatMap(({ text }) => (text === undefined ? [] : [text])).join('')
  const details = kept.flatMap(({ signature, text }) => (signature ? [detailOf(signature, text !== undefined)] : []))
  const spoken = blocks.find((block) => block.kind === 'media')
  return {
    content: content.length === 0 ? (refusal || calls.length > 0 || spoken ? null : '') : contentOf(content),
    refusal: refusal?.text,
    reasoning_content: said === '' ? undefined : said,
    reasoning_details: details.length === 0 ? undefined : details,
    audio: spoken?.source.kind === 'id' ? { id: spoken.source.id } : undefined,
    tool_calls: calls.length === 0 ? undefined : calls.map(encodeCall),
  }
}

function encodeCall({ id, name, tool, input, signature }: ToolCallBlock): Json {
  const extra = signature?.dialect === 'openai-chat' ? { extra_content: extraContentOf(signature) } : {}
  // no arguments at all is no JSON, and servers parse what they get back
  if (tool === 'function') return { id, type: tool, function: { name, arguments: input === '' ? '{}' : input }, ...extra }
  return { id, type: tool, custom: { name, input }, ...extra }
}

/** Tool messages hold text only; what else the tools gave follows behind all of them in one message of the user, each under its call's id. */
function encodeResults(results: readonly ToolResultBlock[]): JsonObject[] {
  const texts = results.map(({ callId, blocks }): JsonObject => {
    const said = blocks.filter((block) => block.kind === 'text')
    const isSeenElsewhere = said.length < blocks.length
    return {
      role: 'tool',
      tool_call_id: callId,
      content: said.length === 0 && isSeenElsewhere ? 'See the next message.' : contentOf(said.length === 0 ? [{ kind: 'text', text: '' }] : said),
    }
  })
  const rest = results.flatMap(({ callId, blocks }) => {
    const seen = blocks.filter((block) => block.kind !== 'text')
    return seen.length === 0 ? [] : [{ type: 'text', text: `Result of tool call ${callId}:` }, ...seen.flatMap(partOf)]
  })
  return rest.length === 0 ? texts : [...texts, { role: 'user', content: rest }]
}
