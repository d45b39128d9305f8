// A canonical answer as one message.

import type { Finish, Usage } from '../../../../../contract/usage.ts'
import { isObject, parseJson, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { ReplyContext, ReplyEncoder, ReplyEvent } from '../../../canonical/index.ts'
import { writtenUsage } from '../usage.ts'
import { writtenCitation } from '../citations.ts'
import { finishReason } from './finish-reason.ts'
import { contentKind, nativeOf, signatureOf } from './block-kinds.ts'
import type { ContentKind } from './block-kinds.ts'

type Block =
  | { kind: ContentKind; text: string; head: JsonObject; citations: JsonObject[]; signature?: Json }
  /** In one piece, as Anthropic wrote it. */
  | { kind: 'whole'; value: JsonObject }

export function wholeEncoder(context: ReplyContext, asked: string): ReplyEncoder {
  const { notes } = context
  const blocks: Block[] = []
  const byId = new Map<string, Exclude<Block, { kind: 'whole' }>>()
  let id: string | undefined
  let model = asked
  let usage: Usage = {}
  let finish: Finish | undefined
  let stopSequence: string | undefined

  function start(blockId: string, kind: ContentKind, head: JsonObject = {}): void {
    const block = { kind, text: '', head, citations: [] }
    blocks.push(block)
    byId.set(blockId, block)
  }

  function take(event: ReplyEvent): void {
    if ('choice' in event && event.choice !== 0) return notes.dropFromReply('choice')
    switch (event.kind) {
      case 'start':
        id = event.id
        model = event.model ?? asked
        return
      case 'text-start':
      case 'reasoning-start':
      case 'refusal-start':
        return start(event.id, contentKind(event.kind))
      case 'tool-call-start':
        return start(event.id, 'tool', { type: 'tool_use', id: event.callId, name: event.name })
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
      case 'tool-call-delta': {
        const block = byId.get(event.id)
        if (block) block.text += event.text
        return
      }
      case 'reasoning-end': {
        const block = byId.get(event.id)
        if (event.signature && block) block.signature = signatureOf(event.signature)
        return
      }
      case 'citation': {
        const citation = writtenCitation(event.citation)
        if (citation) byId.get(event.block)?.citations.push(citation)
        else notes.dropFromReply('citation')
        return
      }
      case 'native': {
        const value = nativeOf(event.native, notes)
        if (value) blocks.push({ kind: 'whole', value })
        return
      }
      case 'logprobs':
      case 'media':
        return notes.dropFromReply(event.kind)
      case 'usage':
        usage = event.usage
        return
      case 'finish':
        finish = event.finish
        stopSequence = event.stopSequence
        return
    }
  }

  function message(): string {
    const hasCalls = blocks.some(({ kind }) => kind === 'tool')
    return JSON.stringify({
      id: id ?? context.newId('msg_'),
      type: 'message',
      role: 'assistant',
      model,
      content: blocks.flatMap((block) => writtenBlock(block) ?? []),
      ...finishReason(finish, stopSequence, hasCalls),
      usage: writtenUsage(usage),
    })
  }

  return {
    write(event) {
      if (event.kind === 'end') return message()
      take(event)
      return ''
    },
  }
}

function writtenBlock(block: Block): JsonObject | undefined {
  if (block.kind === 'whole') return block.value
  const { kind, text, head, citations, signature } = block
  if (kind === 'tool') return { ...head, input: inputOf(text) }
  if (kind === 'text')
    return text === ''
      ? undefined
      : written({ type: 'text', text, citations: citations.length > 0 ? citations : undefined })
  if (isObject(signature)) return signature
  return text === '' && signature === undefined
    ? undefined
    : { type: 'thinking', thinking: text, signature: signature ?? '' }
}

/**
 * Anthropic's clients expect an object; what a model wrote instead of one is handed on inside of one, as
 * Anthropic itself advises.
 */
function inputOf(text: string): JsonObject {
  if (text.trim() === '') return {}
  try {
    const value = parseJson(text)
    return isObject(value) ? value : { INVALID_JSON: text }
  } catch {
    return { INVALID_JSON: text }
  }
}
