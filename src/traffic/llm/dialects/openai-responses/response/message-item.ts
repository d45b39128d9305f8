// A message of a response while it is written: parts of text and refusal.

import { written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Native, TokenLogprob } from '../../../canonical/index.ts'
import type { Emit, EmitWritten, ItemStatus, OutputItem } from './output-item.ts'
import { extraOf } from '../signatures.ts'
import { writeLogprob } from '../../../wire/openai/logprobs.ts'

interface Part {
  kind: 'text' | 'refusal'
  index: number
  text: string
  annotations: JsonObject[]
  tokens: TokenLogprob[]
  extra: Json | undefined
  /** The members that locate it. */
  place?: string
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
    const part: Part = {
      kind,
      index: this.parts.size,
      text: '',
      annotations: [],
      tokens: [],
      extra: undefined,
      isOpen: true,
    }
    this.parts.set(block, part)
    emit('response.content_part.added', { ...this.place(part), part: writtenPart(part) })
    return this
  }

  delta(block: string, text: string, emit: EmitWritten): void {
    const part = this.parts.get(block)
    if (!part) return
    part.text += text
    // Most of a stream is deltas, so their common members are serialized once.
    part.place ??= JSON.stringify(this.place(part)).slice(1, -1)
    const delta = `${part.place},"delta":${JSON.stringify(text)}`
    if (part.kind === 'text') emit('response.output_text.delta', `${delta},"logprobs":[]`)
    else emit('response.refusal.delta', delta)
  }

  lengthOf(block: string): number {
    return this.parts.get(block)?.text.length ?? 0
  }

  cite(block: string, annotation: JsonObject, emit: Emit): void {
    const part = this.parts.get(block)
    if (!part) return
    part.annotations.push(annotation)
    emit('response.output_text.annotation.added', {
      ...this.place(part),
      annotation_index: part.annotations.length - 1,
      annotation,
    })
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
    if (part.kind === 'text')
      emit('response.output_text.done', {
        ...place,
        text: part.text,
        logprobs: part.tokens.map((token) => writeLogprob(token, [])),
      })
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
    return {
      id: this.id,
      type: 'message',
      status: this.status,
      role: 'assistant',
      content: [...this.parts.values()].map(writtenPart),
    }
  }

  private place({ index }: Part): JsonObject {
    return { item_id: this.id, output_index: this.index, content_index: index }
  }
}

function writtenPart({ kind, text, annotations, tokens, extra }: Part): JsonObject {
  if (kind === 'refusal') return { type: 'refusal', refusal: text }
  return written({
    type: 'output_text',
    text,
    annotations,
    logprobs: tokens.map((token) => writeLogprob(token, [])),
    extra_content: extra,
  })
}
