// The blocks of an answer as Anthropic's events, one behind the other: what interleaves is put in order. Text
// gives way and goes on in a block of its own; beside a tool call that is not complete, others wait.

import { told } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { ContentKind } from './block-kinds.ts'

export interface Block {
  id: string
  kind: ContentKind
  head: JsonObject
  /** What came while it waited. */
  text: string
  isEnded: boolean
  signature?: string
}

export class BlockWriter {
  /** Events that nobody has taken yet. */
  out = ''
  private index = -1
  private open: Block | undefined
  private readonly waiting = new Map<string, Block>()
  /** Blocks of text that have not begun, or had to give way. */
  private readonly paused = new Map<string, Block>()

  /** Begins with its first text: a block without any is none. */
  announce(block: Block): void {
    this.paused.set(block.id, block)
  }

  start(block: Block): void {
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

  delta(id: string, text: string): void {
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

  end(id: string, signature?: string): void {
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

  /**
   * Begins a block of text that has not begun, or goes on with one. @param mayWait beside a call that is not
   * complete
   */
  startAnnounced(id: string, mayWait: boolean): void {
    const paused = this.paused.get(id)
    if (!paused || (!mayWait && this.open?.kind === 'tool')) return
    this.paused.delete(id)
    this.start({ ...paused, text: '' })
  }

  isOpen = (id: string) => this.open?.id === id

  /** A block that comes in one piece. */
  whole(value: Json): void {
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

  /** Whatever is open or waits is written to its end. */
  close(): void {
    while (this.open || this.waiting.size > 0) {
      if (this.open) this.open.isEnded = true
      this.pause()
      this.giveWaiting()
    }
  }

  emitDelta(delta: JsonObject): void {
    this.emit('content_block_delta', { index: this.index, delta })
  }

  emit(type: string, fields: JsonObject): void {
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
