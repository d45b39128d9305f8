// Encodes turns as instructions and items of this dialect.

import { written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  AssistantTurn,
  GenerateRequest,
  InstructionTurn,
  MediaBlock,
  NativeBlock,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { fileNameOf } from '../../../wire/openai/media.ts'
import { writeCitation } from '../citations.ts'
import { sealedOf } from '../signatures.ts'

export function encodeInput(
  { system, turns }: GenerateRequest,
  notes: LossNotes,
): { instructions?: string; input: Json } {
  if ([...system, ...turns].some(hasUnsaidCitations)) notes.drop('given-citations')
  const custom = customCalls(turns)
  const [first, ...others] = system
  // OpenAI refuses instructions without any item
  const instructions = first && turns.length > 0 ? plainInstructions(first) : undefined
  const rest = instructions === undefined ? system : others
  const input = [...rest, ...turns].flatMap((turn) => encodeTurn(turn, custom))
  return instructions === undefined ? { input } : { instructions, input }
}

/** Only assistant text has annotations, and only for some kinds of sources. */
function hasUnsaidCitations({ role, blocks }: Turn): boolean {
  return blocks.some((block) => {
    if (block.kind === 'tool-result') return hasUnsaidCitations({ role: 'user', blocks: [...block.blocks] })
    if (block.kind !== 'text' || !block.citations) return false
    return block.citations.some(
      (citation) => role !== 'assistant' || writeCitation(citation, block.text.length) === undefined,
    )
  })
}

/** Instructions that are a single system text have a separate member. */
function plainInstructions({ role, blocks }: InstructionTurn): string | undefined {
  const [only] = blocks
  return role === 'system' && only && blocks.length === 1 ? only.text : undefined
}

/** Ids of the calls whose outputs have a separate type. */
function customCalls(turns: readonly Turn[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { blocks } of turns)
    for (const block of blocks) if (block.kind === 'tool-call' && block.tool === 'custom') ids.add(block.id)
  return ids
}

function encodeTurn(turn: Turn, custom: ReadonlySet<string>): Json[] {
  if (turn.role === 'tool') return turn.blocks.map((block) => encodeResult(block, custom.has(block.callId)))
  if (turn.role === 'assistant') return encodeAssistant(turn)
  return [{ type: 'message', role: turn.role, content: contentOf(turn.blocks) }]
}

type ContentBlock = TextBlock | MediaBlock | NativeBlock

/** A single plain text becomes a string, as most clients write it. Everything else becomes parts. */
function contentOf(blocks: readonly ContentBlock[]): Json {
  const [only] = blocks
  if (only?.kind === 'text' && blocks.length === 1) return only.text
  return blocks.flatMap(partOf)
}

function partOf(block: ContentBlock): Json[] {
  if (block.kind === 'text') return [{ type: 'input_text', text: block.text }]
  if (block.kind === 'native') return block.native.dialect === 'openai-responses' ? [block.native.value] : []
  return [mediaOf(block)]
}

function mediaOf(block: MediaBlock): JsonObject {
  const { media, source, mediaType = 'application/octet-stream', detail, name } = block
  if (media === 'image') {
    const image = { type: 'input_image', ...written({ detail }) }
    if (source.kind === 'id') return { ...image, file_id: source.id }
    return {
      ...image,
      image_url:
        source.kind === 'url'
          ? source.url
          : dataUrl(mediaType, source.kind === 'data' ? source.base64 : base64(source.text)),
    }
  }
  const file = { type: 'input_file', ...written({ detail }) }
  if (source.kind === 'id') return { ...file, file_id: source.id }
  if (source.kind === 'url') return { ...file, ...written({ filename: name }), file_url: source.url }
  const data =
    source.kind === 'data' ? dataUrl(mediaType, source.base64) : dataUrl('text/plain', base64(source.text))
  return { ...file, filename: fileNameOf(block), file_data: data }
}

const dataUrl = (mediaType: string, data: string) => `data:${mediaType};base64,${data}`
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Neighboring texts form one message. Calls, reasoning and native items come between messages. */
function encodeAssistant({ blocks }: AssistantTurn): Json[] {
  const items: Json[] = []
  let parts: Json[] = []
  const flush = () => {
    if (parts.length > 0) items.push({ type: 'message', role: 'assistant', content: parts })
    parts = []
  }
  for (const block of blocks) {
    const part = block.kind === 'text' || block.kind === 'refusal' ? saidPart(block) : undefined
    if (part) {
      parts.push(part)
      continue
    }
    flush()
    if (block.kind === 'tool-call') items.push(encodeCall(block))
    else if (block.kind === 'reasoning') items.push(...encodeReasoning(block))
    else if (block.kind === 'native' && block.native.dialect === 'openai-responses')
      items.push(block.native.value)
  }
  flush()
  return items
}

function saidPart(block: TextBlock | RefusalBlock): JsonObject {
  if (block.kind === 'refusal') return { type: 'refusal', refusal: block.text }
  const annotations = (block.citations ?? []).flatMap(
    (citation) => writeCitation(citation, block.text.length) ?? [],
  )
  return { type: 'output_text', text: block.text, annotations }
}

function encodeCall({ id, name, tool, input }: ToolCallBlock): Json {
  if (tool === 'custom') return { type: 'custom_tool_call', call_id: id, name, input }
  // an empty text is not JSON
  return { type: 'function_call', call_id: id, name, arguments: input === '' ? '{}' : input }
}

/** OpenAI accepts back only reasoning that it encrypted itself. */
function encodeReasoning({ text, signature }: ReasoningBlock): Json[] {
  if (signature?.dialect !== 'openai-responses') return []
  return [
    {
      type: 'reasoning',
      summary: text === undefined ? [] : [{ type: 'summary_text', text }],
      ...sealedOf(signature),
    },
  ]
}

function encodeResult({ callId, blocks }: ToolResultBlock, isCustom: boolean): Json {
  return {
    type: isCustom ? 'custom_tool_call_output' : 'function_call_output',
    call_id: callId,
    output: contentOf(blocks),
  }
}
