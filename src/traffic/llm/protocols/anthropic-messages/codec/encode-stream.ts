// A canonical answer as a stream of Anthropic's events.
//
// Anthropic writes one block behind the other, so what interleaves is put in order: text gives way and goes on in a block of its own; beside a
// tool call that is not complete, others wait. Counts: `message_start` says no output (clients exist that add it to what `message_delta` says),
// `message_delta` says everything.

import type { Finish, Usage } from '../../../../../contract/traffic.ts'
import { encodeEvent } from '../../../../../kit/sse.ts'
import { told } from '../../../canonical/index.ts'
import type { Json, JsonObject, ProviderError, ReplyContext, ReplyEncoder, ReplyEvent, ReplyStart } from '../../../canonical/index.ts'
import { finishReason } from './finish-reason.ts'
import { writtenUsage } from '../usage.ts'
import { writtenCitation } from './citation.ts'
import { encodeError } from './error.ts'
import { contentKind, nativeOf } from './reply-block.ts'
import type { ContentKind } from './reply-block.ts'

interface Block {
  id: string
  kind: ContentKind
  head: JsonObject
  /** What came while it waited. */
  text: string
  isEnded: boolean
  signature?: string
}

export function streamEncoder(context: ReplyContext, model: string): ReplyEncoder {
  return new StreamEncoder(context, model)
}

class StreamEncoder implements ReplyEncoder {
  private readonly context: ReplyContext
  private readonly model: string
  private out = ''
  private isStarted = false
  private index = -1
  private open: Block | undefined
  private readonly waiting = new Map<string, Block>()
  /** Blocks of text that have not begun, or had to give way. */
  private readonly paused = new Map<string, Block>()
  private usage: Usage = {}
  private finish: Finish | undefined
  private stopSequence: string | undefined
  private hasCalls = false

  constructor(context: ReplyContext, model: string) {
    this.context = context
    this.model = model
  }

  write(event: ReplyEvent): string {
    this.out = ''
    if (!this.isStarted && event.kind !== 'error' && event.kind !== 'usage' && event.kind !== 'ping')
      this.begin(event.kind === 'start' ? event : { kind: 'start' })
    this.take(event)
    return this.out
  }

  private take(event: ReplyEvent): void {
    if ('choice' in event && event.choice !== 0) return this.context.notes.dropFromReply('choice')
    switch (event.kind) {
      case 'text-start':
      case 'reasoning-start':
      case 'refusal-start': {
        const kind = contentKind(event.kind)
        // begins with its first text: a block without any is none
        this.paused.set(event.id, { id: event.id, kind, head: heads[kind], text: '', isEnded: false })
        return
      }
      case 'tool-call-start': {
        this.hasCalls = true
        const head = { type: 'tool_use', id: event.callId, name: event.name, input: {} }
        return this.start({ id: event.id, kind: 'tool', head, text: '', isEnded: false })
      }
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
      case 'tool-call-delta':
        return this.delta(event.id, event.text)
      case 'text-end':
      case 'refusal-end':
      case 'tool-call-end':
        return this.end(event.id)
      case 'reasoning-end':
        return this.endReasoning(event)
      case 'citation':
        return this.cite(event)
      case 'native': {
        const value = nativeOf(event.native, this.context.notes)
        return value && this.whole(value)
      }
      case 'logprobs':
      case 'media':
        return this.context.notes.dropFromReply(event.kind)
      case 'usage':
        this.usage = event.usage
        return
      case 'finish':
        this.finish = event.finish
        this.stopSequence = event.stopSequence
        return
      case 'ping':
        // nothing may come before message_start
        if (this.isStarted) this.emit('ping', {})
        return
      case 'error':
        return this.fail(event.error)
      case 'end':
        return this.close()
      case 'start':
        return
    }
  }

  private begin({ id = this.context.newId('msg_'), model = this.model, usage = {} }: ReplyStart): void {
    this.isStarted = true
    const { outputTokens: _none, ...known } = usage
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writtenUsage(known),
    }
    this.emit('message_start', { message })
  }

  private start(block: Block): void {
    if (this.open?.kind === 'tool') this.waiting.set(block.id, block)
    else this.openBlock(block)
  }

  private openBlock(block: Block): void {
    this.pause()
    this.index++
    this.open = block
    this.emit('content_block_start', { index: this.index, content_block: block.head })
    if (block.text !== '') this.emitText(block, block.text)
    block.text = ''
  }

  /** The open block gives way; its text may go on in another. */
  private pause(): void {
    const { open } = this
    if (!open) return
    this.open = undefined
    this.emit('content_block_stop', { index: this.index })
    if (!open.isEnded) this.paused.set(open.id, open)
  }

  private delta(id: string, text: string): void {
    if (text === '') return
    if (this.open?.id === id) return this.emitText(this.open, text)
    const waits = this.waiting.get(id)
    if (waits) waits.text += text
    else {
      const before = this.paused.get(id)
      if (!before) return
      this.paused.delete(id)
      this.start({ ...before, text })
    }
  }

  private emitText({ kind }: Block, text: string): void {
    this.out += `${deltaHead}${this.index},"delta":${deltaHeads[kind]}${JSON.stringify(text)}}}\n\n`
  }

  private end(id: string, signature?: string): void {
    this.paused.delete(id)
    const waits = this.waiting.get(id)
    if (waits) Object.assign(waits, { isEnded: true, ...told({ signature }) })
    if (this.open?.id !== id) return
    this.open.isEnded = true
    this.closeOpen(signature)
    this.giveWaiting()
  }

  private closeOpen(signature?: string): void {
    if (signature !== undefined) this.emitDelta({ type: 'signature_delta', signature })
    this.pause()
  }

  private giveWaiting(): void {
    for (const [id, block] of this.waiting) {
      this.waiting.delete(id)
      if (block.head['type'] === 'native') this.wholeNow(block.head['value'] ?? {})
      else {
        this.openBlock(block)
        if (block.isEnded) this.closeOpen(block.signature)
        else if (block.kind === 'tool') return
      }
    }
  }

  private endReasoning({ id, signature }: Extract<ReplyEvent, { kind: 'reasoning-end' }>): void {
    const own = signature?.dialect === 'anthropic-messages' ? signature.value : undefined
    if (signature && own === undefined) this.context.notes.dropFromReply('signature')
    const unseen = this.paused.get(id)
    // a proof without text: the thinking is not shown
    if (unseen && typeof own === 'string') this.start(unseen)
    this.end(id, typeof own === 'string' ? own : undefined)
    if (typeof own === 'object' && own !== null) this.whole(own)
  }

  /** Anthropic cites before the words as well as behind them. */
  private cite({ block, citation }: Extract<ReplyEvent, { kind: 'citation' }>): void {
    const value = writtenCitation(citation)
    const paused = this.paused.get(block)
    if (value && paused && this.open?.kind !== 'tool') {
      this.paused.delete(block)
      this.start({ ...paused, text: '' })
    }
    if (value && this.open?.id === block) this.emitDelta({ type: 'citations_delta', citation: value })
    else this.context.notes.dropFromReply('citation')
  }

  /** A block that comes in one piece. */
  private whole(value: Json): void {
    if (this.open?.kind !== 'tool') return this.wholeNow(value)
    const id = `native ${this.waiting.size}`
    this.waiting.set(id, { id, kind: 'text', head: { type: 'native', value }, text: '', isEnded: true })
  }

  private wholeNow(value: Json): void {
    this.pause()
    this.index++
    this.emit('content_block_start', { index: this.index, content_block: value })
    this.emit('content_block_stop', { index: this.index })
  }

  private close(): void {
    while (this.open || this.waiting.size > 0) {
      if (this.open) this.open.isEnded = true
      this.pause()
      this.giveWaiting()
    }
    const { finish, stopSequence, hasCalls } = this
    this.emit('message_delta', { delta: finishReason(finish, stopSequence, hasCalls), usage: writtenUsage(this.usage) })
    this.emit('message_stop', {})
  }

  private fail(error: ProviderError): void {
    this.out += encodeEvent({ name: 'error', data: encodeError(error).body })
  }

  private emitDelta(delta: JsonObject): void {
    this.emit('content_block_delta', { index: this.index, delta })
  }

  private emit(type: string, fields: JsonObject): void {
    this.out += `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  }
}

/** Deltas are most of a stream: what they share is written once. */
const deltaHead = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":'
const deltaHeads: Readonly<Record<ContentKind, string>> = {
  text: '{"type":"text_delta","text":',
  thinking: '{"type":"thinking_delta","thinking":',
  tool: '{"type":"input_json_delta","partial_json":',
}

const heads: Readonly<Record<ContentKind, JsonObject>> = {
  text: { type: 'text', text: '' },
  thinking: { type: 'thinking', thinking: '', signature: '' },
  tool: {},
}
