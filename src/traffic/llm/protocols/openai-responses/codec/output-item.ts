// The items of an answer while they are written: messages with their parts, calls, reasoning, and what came ready from OpenAI.

import { written } from '../../../canonical/index.ts'
import type { Json, JsonObject, Native, TokenLogprob } from '../../../canonical/index.ts'
import { extraOf, sealedOf } from './seal.ts'
import { logprobOf } from './words.ts'

/** Writes one event; the sequence number is added. */
export type Emit = (type: string, members: JsonObject) => void

export type ItemStatus = 'completed' | 'incomplete'

export interface OutputItem {
  /** Tells that the item begins. */
  open(emit: Emit): void
  /** Tells that it is complete, unless that was told or something of it is still open; `incomplete` closes it in any case. */
  settle(status: ItemStatus, emit: Emit): void
  written(): Json
}

interface Part {
  kind: 'text' | 'refusal'
  index: number
  text: string
  annotations: JsonObject[]
  tokens: TokenLogprob[]
  extra: Json | undefined
  isOpen: boolean
}

export class MessageItem implements OutputItem {
  private readonly index: number
  private readonly id: string
  private readonly parts = new Map<string, Part>()
  private status: ItemStatus | 'in_progress' = 'in_progress'

  constructor(index: number, id: string) {
    this.index = index
    this.id = id
  }

  open(emit: Emit): void {
    emit('response.output_item.added', { output_index: this.index, item: this.written() })
  }

  begin(block: string, kind: Part['kind'], emit: Emit): this {
    const part: Part = { kind, index: this.parts.size, text: '', annotations: [], tokens: [], extra: undefined, isOpen: true }
    this.parts.set(block, part)
    emit('response.content_part.added', { ...this.place(part), part: writtenPart(part) })
    return this
  }

  delta(block: string, text: string, emit: Emit): void {
    const part = this.parts.get(block)
    if (!part) return
    part.text += text
    if (part.kind === 'text') emit('response.output_text.delta', { ...this.place(part), delta: text, logprobs: [] })
    else emit('response.refusal.delta', { ...this.place(part), delta: text })
  }

  lengthOf(block: string): number {
    return this.parts.get(block)?.text.length ?? 0
  }

  cite(block: string, annotation: JsonObject, emit: Emit): void {
    const part = this.parts.get(block)
    if (!part) return
    part.annotations.push(annotation)
    emit('response.output_text.annotation.added', { ...this.place(part), annotation_index: part.annotations.length - 1, annotation })
  }

  logprobs(block: string, tokens: readonly TokenLogprob[]): void {
    this.parts.get(block)?.tokens.push(...tokens)
  }

  end(block: string, signature: Native | undefined, emit: Emit): void {
    const part = this.parts.get(block)
    if (!part?.isOpen) return
    part.isOpen = false
    part.extra = extraOf(signature)
    const place = this.place(part)
    if (part.kind === 'text') emit('response.output_text.done', { ...place, text: part.text, logprobs: part.tokens.map(logprobOf) })
    else emit('response.refusal.done', { ...place, refusal: part.text })
    emit('response.content_part.done', { ...place, part: writtenPart(part) })
  }

  settle(status: ItemStatus, emit: Emit): void {
    if (this.status !== 'in_progress') return
    for (const block of this.parts.keys()) this.end(block, undefined, emit)
    this.status = status
    emit('response.output_item.done', { output_index: this.index, item: this.written() })
  }

  written(): Json {
    return { id: this.id, type: 'message', status: this.status, role: 'assistant', content: [...this.parts.values()].map(writtenPart) }
  }

  private place({ index }: Part): JsonObject {
    return { item_id: this.id, output_index: this.index, content_index: index }
  }
}

function writtenPart({ kind, text, annotations, tokens, extra }: Part): JsonObject {
  if (kind === 'refusal') return { type: 'refusal', refusal: text }
  return written({ type: 'output_text', text, annotations, logprobs: tokens.map(logprobOf), extra_content: extra })
}

export class CallItem implements OutputItem {
  private readonly index: number
  private readonly call: { id: string; callId: string; name: string; tool: 'function' | 'custom' }
  private input = ''
  private extra: Json | undefined
  private status: ItemStatus | 'in_progress' = 'in_progress'

  constructor(index: number, call: CallItem['call']) {
    this.index = index
    this.call = call
  }

  open(emit: Emit): void {
    emit('response.output_item.added', { output_index: this.index, item: this.written() })
  }

  delta(text: string, emit: Emit): void {
    this.input += text
    emit(`response.${this.words.event}.delta`, { item_id: this.call.id, output_index: this.index, delta: text })
  }

  end(signature: Native | undefined, emit: Emit): void {
    this.extra = extraOf(signature)
    this.finish('completed', emit)
  }

  /** Calls may be written side by side: another item is no reason to close one. */
  settle(status: ItemStatus, emit: Emit): void {
    if (status === 'incomplete') this.finish(status, emit)
  }

  private finish(status: ItemStatus, emit: Emit): void {
    if (this.status !== 'in_progress') return
    this.status = status
    const { event, member } = this.words
    // no arguments at all is no JSON, and clients parse them
    if (this.input === '' && this.call.tool === 'function' && status === 'completed') this.input = '{}'
    emit(`response.${event}.done`, { item_id: this.call.id, output_index: this.index, name: this.call.name, [member]: this.input })
    emit('response.output_item.done', { output_index: this.index, item: this.written() })
  }

  written(): Json {
    const { id, callId, name, tool } = this.call
    if (tool === 'custom') return written({ id, type: 'custom_tool_call', status: this.status, call_id: callId, name, input: this.input })
    return written({ id, type: 'function_call', status: this.status, call_id: callId, name, arguments: this.input, extra_content: this.extra })
  }

  private get words(): { event: string; member: string } {
    return words[this.call.tool]
  }
}

const words = {
  function: { event: 'function_call_arguments', member: 'arguments' },
  custom: { event: 'custom_tool_call_input', member: 'input' },
} as const

export class ReasoningItem implements OutputItem {
  private readonly index: number
  private readonly id: string
  private readonly isSummary: boolean
  private text = ''
  private signature: Native | undefined
  private isDone = false

  constructor(index: number, id: string, isSummary: boolean) {
    this.index = index
    this.id = id
    this.isSummary = isSummary
  }

  open(emit: Emit): void {
    emit('response.output_item.added', { output_index: this.index, item: this.written() })
  }

  delta(text: string, emit: Emit): void {
    if (this.text === '' && this.isSummary) emit('response.reasoning_summary_part.added', { ...this.place, part: summaryOf('') })
    this.text += text
    emit(`response.${this.event}.delta`, { ...this.place, delta: text })
  }

  end(signature: Native | undefined, emit: Emit): void {
    if (this.isDone) return
    this.isDone = true
    this.signature = signature
    if (this.text !== '') {
      emit(`response.${this.event}.done`, { ...this.place, text: this.text })
      if (this.isSummary) emit('response.reasoning_summary_part.done', { ...this.place, part: summaryOf(this.text) })
    }
    emit('response.output_item.done', { output_index: this.index, item: this.written() })
  }

  settle(status: ItemStatus, emit: Emit): void {
    if (status === 'incomplete') this.end(undefined, emit)
  }

  written(): Json {
    const { text, isSummary } = this
    return {
      id: this.id,
      type: 'reasoning',
      summary: isSummary && text !== '' ? [summaryOf(text)] : [],
      ...(isSummary || text === '' ? {} : { content: [{ type: 'reasoning_text', text }] }),
      ...sealedOf(this.signature),
    }
  }

  private get event(): string {
    return this.isSummary ? 'reasoning_summary_text' : 'reasoning_text'
  }

  private get place(): JsonObject {
    return { item_id: this.id, output_index: this.index, [this.isSummary ? 'summary_index' : 'content_index']: 0 }
  }
}

const summaryOf = (text: string): JsonObject => ({ type: 'summary_text', text })

/** What OpenAI's own tools made, as it made it. */
export function nativeItem(index: number, item: Json): OutputItem {
  return {
    open(emit) {
      emit('response.output_item.added', { output_index: index, item })
      emit('response.output_item.done', { output_index: index, item })
    },
    settle() {},
    written: () => item,
  }
}
