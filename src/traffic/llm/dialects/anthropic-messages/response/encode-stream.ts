// Writes the parts of a message as Anthropic's events. Anthropic's blocks come one after the other, so this
// module orders interleaved blocks. A text is interrupted and continues in another block. Other blocks wait
// while a tool call is incomplete.

import { encodeEvent } from '../../../../../kit/sse.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { ContentKind, MessageSink } from './encode.ts'

interface Block {
  id: string
  kind: ContentKind | 'whole'
  head: JsonObject
  /** The text that arrived while the block waited. */
  text: string
  isEnded: boolean
  signature?: string
}

export class MessageStream implements MessageSink {
  /** Events that are written but not yet taken. */
  #out = ''
  #index = -1
  #open: Block | undefined
  readonly #waiting = new Map<string, Block>()
  /** Text blocks that have not begun or were interrupted. */
  readonly #paused = new Map<string, Block>()

  take(): string {
    const out = this.#out
    this.#out = ''
    return out
  }

  begin(message: JsonObject): void {
    this.#emit('message_start', { message })
  }

  announce(id: string, kind: ContentKind, head: JsonObject): void {
    this.#paused.set(id, { id, kind, head, text: '', isEnded: false })
  }

  startCall(id: string, head: JsonObject): void {
    this.#start({ id, kind: 'tool', head, text: '', isEnded: false })
  }

  delta(id: string, text: string): void {
    if (text === '') return
    if (this.#open?.id === id) return this.#emitText(this.#open, text)
    const waits = this.#waiting.get(id)
    if (waits) waits.text += text
    else {
      const before = this.#paused.get(id)
      if (!before) return
      this.#paused.delete(id)
      this.#start({ ...before, text })
    }
  }

  end(id: string, signature?: string): void {
    this.#paused.delete(id)
    const waits = this.#waiting.get(id)
    if (waits) {
      waits.isEnded = true
      if (signature !== undefined) waits.signature = signature
    }
    if (this.#open?.id !== id) return
    this.#open.isEnded = true
    this.#closeOpen(signature)
    this.#writeWaiting()
  }

  /** A signature without a text: the thinking is not shown. */
  endSigned(id: string, signature: string): void {
    this.#startAnnounced(id)
    this.end(id, signature)
  }

  /** Anthropic sends citations before the text as well as after it. */
  cite(id: string, citation: JsonObject): boolean {
    if (this.#open?.kind !== 'tool') this.#startAnnounced(id)
    if (this.#open?.id !== id) return false
    this.#emitDelta({ type: 'citations_delta', citation })
    return true
  }

  whole(value: JsonObject): void {
    const id = `whole ${this.#waiting.size}`
    const block: Block = { id, kind: 'whole', head: value, text: '', isEnded: true }
    if (this.#open?.kind === 'tool') this.#waiting.set(id, block)
    else this.#writeWhole(block)
  }

  ping(): void {
    this.#emit('ping', {})
  }

  fail(body: string): void {
    this.#out += encodeEvent({ name: 'error', data: body })
  }

  /** Writes all open and waiting blocks to their end. */
  finish(reason: JsonObject, usage: JsonObject): void {
    while (this.#open || this.#waiting.size > 0) {
      if (this.#open) this.#open.isEnded = true
      this.#pause()
      this.#writeWaiting()
    }
    this.#emit('message_delta', { delta: reason, usage })
    this.#emit('message_stop', {})
  }

  #start(block: Block): void {
    if (this.#open?.kind === 'tool') this.#waiting.set(block.id, block)
    else this.#openBlock(block)
  }

  /** Begins a text block, or continues an interrupted one. */
  #startAnnounced(id: string): void {
    const paused = this.#paused.get(id)
    if (!paused) return
    this.#paused.delete(id)
    this.#start({ ...paused, text: '' })
  }

  #openBlock(block: Block): void {
    this.#pause()
    this.#index++
    this.#open = block
    this.#emit('content_block_start', { index: this.#index, content_block: block.head })
    if (block.text !== '') this.#emitText(block, block.text)
    block.text = ''
  }

  /** Closes the open block. Its text may continue in another block. */
  #pause(): void {
    const open = this.#open
    if (!open) return
    this.#open = undefined
    this.#emit('content_block_stop', { index: this.#index })
    if (!open.isEnded) this.#paused.set(open.id, open)
  }

  #closeOpen(signature: string | undefined): void {
    if (signature !== undefined) this.#emitDelta({ type: 'signature_delta', signature })
    this.#pause()
  }

  #writeWaiting(): void {
    for (const [id, block] of this.#waiting) {
      this.#waiting.delete(id)
      if (block.kind === 'whole') this.#writeWhole(block)
      else {
        this.#openBlock(block)
        if (block.isEnded) this.#closeOpen(block.signature)
        else if (block.kind === 'tool') return
      }
    }
  }

  #writeWhole({ head }: Block): void {
    this.#pause()
    this.#index++
    this.#emit('content_block_start', { index: this.#index, content_block: head })
    this.#emit('content_block_stop', { index: this.#index })
  }

  #emitText({ kind }: Block, text: string): void {
    if (kind !== 'whole')
      this.#out += `${deltaHead}${this.#index},"delta":${deltaHeads[kind]}${JSON.stringify(text)}}}\n\n`
  }

  #emitDelta(delta: JsonObject): void {
    this.#emit('content_block_delta', { index: this.#index, delta })
  }

  #emit(type: string, fields: JsonObject): void {
    this.#out += `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  }
}

/** Most of a stream is deltas, so their common members are serialized once. */
const deltaHead = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":'
const deltaHeads: Readonly<Record<ContentKind, string>> = {
  text: '{"type":"text_delta","text":',
  thinking: '{"type":"thinking_delta","thinking":',
  tool: '{"type":"input_json_delta","partial_json":',
}
