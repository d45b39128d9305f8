// Turns as messages of this dialect.

import { isList, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  AssistantTurn,
  GenerateRequest,
  MediaBlock,
  NativeBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
  UserTurn,
} from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import type { ChatWords } from '../../../provider.ts'
import { fileNameOf } from '../../../wire/openai/media.ts'
import { extraContentOf } from '../reasoning.ts'
import { encodeGivenReasoning } from './encode-reasoning.ts'

/** What the provider accepts, and how it spells it. */
export interface MessageWays {
  notes: LossNotes
  words: ChatWords
}

export function encodeMessages({ system, turns }: GenerateRequest, ways: MessageWays): Json[] {
  // only images have a level of detail
  if (turns.some(({ blocks }) => blocks.some(hasUnsaidDetail))) ways.notes.drop('image-detail')
  const said = ways.words.alternates ? joinTurns(turns) : turns
  return [...system, ...said].flatMap((turn) => encodeTurn(turn, ways))
}

/** Joins neighboring user turns into one turn, and neighboring assistant turns as well. */
function joinTurns(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = []
  let user: UserTurn['blocks'][number][] | undefined
  let assistant: AssistantTurn['blocks'][number][] | undefined
  for (const turn of turns) {
    if (turn.role !== 'user') user = undefined
    if (turn.role !== 'assistant') assistant = undefined
    if (turn.role === 'user') {
      if (!user) joined.push({ ...turn, blocks: (user = []) })
      for (const block of turn.blocks) user.push(block)
    } else if (turn.role === 'assistant') {
      if (!assistant) joined.push({ ...turn, blocks: (assistant = []) })
      for (const block of turn.blocks) assistant.push(block)
    } else joined.push(turn)
  }
  return joined
}

function hasUnsaidDetail(block: Turn['blocks'][number] | ToolResultBlock['blocks'][number]): boolean {
  if (block.kind === 'tool-result') return block.blocks.some(hasUnsaidDetail)
  return block.kind === 'media' && block.media !== 'image' && block.detail !== undefined
}

function encodeTurn(turn: Turn, ways: MessageWays): JsonObject[] {
  if (turn.role === 'tool') return encodeResults(turn.blocks, ways)
  const name = ways.notes.carries('participant-name') ? turn.name : undefined
  if (turn.role === 'assistant') return [written({ role: turn.role, name, ...assistantMembers(turn, ways) })]
  const role = turn.role === 'developer' && !ways.notes.carries('developer') ? 'system' : turn.role
  return [written({ role, name, content: contentOf(turn.blocks, ways) })]
}

type ContentBlock = TextBlock | RefusalBlock | MediaBlock | NativeBlock

/** A single plain text becomes a string, as most clients write it. Everything else becomes parts. */
function contentOf(blocks: readonly ContentBlock[], ways: MessageWays): Json {
  const [only] = blocks
  if (only?.kind === 'text' && blocks.length === 1) return only.text
  return blocks.flatMap((block) => partOf(block, ways))
}

function partOf(block: ContentBlock, { notes, words }: MessageWays): Json[] {
  if (block.kind === 'text') return [{ type: 'text', text: block.text }]
  if (block.kind === 'refusal')
    return [
      notes.carries('refusal')
        ? { type: 'refusal', refusal: block.text }
        : { type: 'text', text: block.text },
    ]
  if (block.kind === 'native') return block.native.dialect === 'openai-chat' ? [block.native.value] : []
  const { media, source, name, mediaType = 'application/octet-stream' } = block
  if (media === 'audio')
    return source.kind === 'data'
      ? [{ type: 'input_audio', input_audio: { data: source.base64, format: formatOf(mediaType) } }]
      : []
  const url =
    source.kind === 'data'
      ? `data:${mediaType};base64,${source.base64}`
      : source.kind === 'url'
        ? source.url
        : undefined
  if (media === 'image')
    return url === undefined ? [] : [{ type: 'image_url', image_url: written({ url, detail: block.detail }) }]
  if (source.kind === 'id') return [{ type: 'file', file: { file_id: source.id } }]
  const text =
    source.kind === 'text' ? `data:text/plain;base64,${Buffer.from(source.text).toString('base64')}` : url
  if (words.documents === 'document_url')
    return text === undefined
      ? []
      : [written({ type: 'document_url', document_url: text, document_name: name })]
  return [{ type: 'file', file: written({ filename: fileNameOf(block), file_data: text }) }]
}

const formatOf = (mediaType: string) =>
  mediaType === 'audio/mpeg' ? 'mp3' : mediaType.replace(/^audio\/(?:x-)?/, '')

function assistantMembers({ blocks }: AssistantTurn, ways: MessageWays): { [key: string]: Json | undefined } {
  const { notes, words } = ways
  const hasRefusals = notes.carries('refusal')
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call')
  const content = blocks.flatMap((block): (TextBlock | NativeBlock)[] => {
    if (block.kind === 'refusal' && !hasRefusals) return [{ kind: 'text', text: block.text }]
    return block.kind === 'text' || block.kind === 'native' ? [block] : []
  })
  const refusal = hasRefusals ? blocks.find((block) => block.kind === 'refusal') : undefined
  const reasoning = blocks.filter((block) => block.kind === 'reasoning')
  const kept = reasoning.filter(
    ({ signature }) => signature === undefined || signature.dialect === 'openai-chat',
  )
  const given = encodeGivenReasoning(
    notes.carries('unsigned-reasoning') ? kept : kept.filter(({ signature }) => signature),
    words,
  )
  const spoken = blocks.find((block) => block.kind === 'media')
  const empty = refusal || calls.length > 0 || spoken ? null : ''
  return {
    content:
      content.length === 0 && given.parts.length === 0
        ? empty
        : joined(given.parts, contentOf(content, ways)),
    refusal: refusal?.text,
    ...given.members,
    audio: spoken?.source.kind === 'id' ? { id: spoken.source.id } : undefined,
    tool_calls: calls.length === 0 ? undefined : calls.map(encodeCall),
  }
}

function joined(before: readonly Json[], content: Json): Json {
  if (before.length === 0) return content
  return [
    ...before,
    ...(typeof content === 'string' ? [{ type: 'text', text: content }] : isList(content) ? content : []),
  ]
}

function encodeCall({ id, name, tool, input, signature }: ToolCallBlock): Json {
  const extra = signature?.dialect === 'openai-chat' ? { extra_content: extraContentOf(signature) } : {}
  // an empty text is not JSON, and servers parse the arguments that they get back
  if (tool === 'function')
    return { id, type: tool, function: { name, arguments: input === '' ? '{}' : input }, ...extra }
  return { id, type: tool, custom: { name, input }, ...extra }
}

/**
 * Tool messages hold text only. Other output of the tools follows after all of them in one user message, each
 * part under its call id.
 */
function encodeResults(results: readonly ToolResultBlock[], ways: MessageWays): JsonObject[] {
  const texts = results.map(({ callId, blocks }): JsonObject => {
    const said = blocks.filter((block) => block.kind === 'text')
    const isSeenElsewhere = said.length < blocks.length
    return {
      role: 'tool',
      tool_call_id: callId,
      content:
        said.length === 0 && isSeenElsewhere
          ? 'See the next message.'
          : contentOf(said.length === 0 ? [{ kind: 'text', text: '' }] : said, ways),
    }
  })
  const rest = results.flatMap(({ callId, blocks }) => {
    const seen = blocks.filter((block) => block.kind !== 'text')
    return seen.length === 0
      ? []
      : [
          { type: 'text', text: `Result of tool call ${callId}:` },
          ...seen.flatMap((block) => partOf(block, ways)),
        ]
  })
  return rest.length === 0 ? texts : [...texts, { role: 'user', content: rest }]
}
