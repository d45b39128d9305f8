// Encodes blocks for Anthropic. Undefined when nothing of a block can be sent (`fitRequest` has recorded the
// loss).

import { isObject, tryParseJson, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { writeCache } from './cache.ts'
import { writeCitation } from '../citations.ts'
import { encodeMedia } from './media.ts'

type Block = Turn['blocks'][number] | ToolResultBlock['blocks'][number]

/** @throws GatewayError `unsupported` from notes */
export function blockWriter(notes: LossNotes): (block: Block) => Json | undefined {
  function write(block: Block): Json | undefined {
    if (block.kind === 'text') return writeText(block, notes)
    if (block.kind === 'refusal') return { type: 'text', text: block.text }
    if (block.kind === 'media') return encodeMedia(block, notes)
    if (block.kind === 'reasoning') return writtenReasoning(block)
    if (block.kind === 'tool-call') return writtenCall(block)
    if (block.kind === 'tool-result') return result(block)
    return block.native.dialect === 'anthropic-messages' ? block.native.value : undefined
  }

  function result({ callId, blocks, isError, cache }: ToolResultBlock): JsonObject {
    const said = blocks.flatMap((block) => write(block) ?? [])
    // Anthropic requires content for a failed result
    const content = said.length === 0 && isError ? [{ type: 'text', text: 'The tool failed.' }] : said
    return written({
      type: 'tool_result',
      tool_use_id: callId,
      content: content.length > 0 ? content : undefined,
      is_error: isError,
      cache_control: writeCache(cache),
    })
  }

  return write
}

export function writeText({ text, citations = [], cache }: TextBlock, notes: LossNotes): JsonObject {
  const cited = citations.flatMap((citation) => writeCitation(citation) ?? [])
  if (cited.length < citations.length) notes.drop('given-citations')
  return written({
    type: 'text',
    text,
    citations: cited.length > 0 ? cited : undefined,
    cache_control: writeCache(cache),
  })
}

/** Anthropic refuses reasoning without its own signature. */
function writtenReasoning({ text, signature }: ReasoningBlock): Json | undefined {
  if (signature?.dialect !== 'anthropic-messages') return undefined
  if (isObject(signature.value)) return signature.value
  return text === undefined ? undefined : { type: 'thinking', thinking: text, signature: signature.value }
}

function writtenCall({ id, name, input, cache }: ToolCallBlock): JsonObject {
  return written({ type: 'tool_use', id, name, input: inputOf(input), cache_control: writeCache(cache) })
}

/**
 * A model may have written invalid arguments. Anthropic requires an object and recommends this one. Some
 * vendors write an empty text for calls without arguments.
 */
function inputOf(input: string): JsonObject {
  const value = input.trim() === '' ? {} : tryParseJson(input)
  return isObject(value) ? value : { INVALID_JSON: input }
}
