// Reasoning while it is written: a summary, or the reasoning text itself.

import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Native } from '../../../canonical/index.ts'
import type { Emit, ItemStatus, OutputItem } from './output-item.ts'
import { sealedOf } from '../signatures.ts'

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
    if (this.text === '' && this.isSummary)
      emit('response.reasoning_summary_part.added', { ...this.place, part: summaryOf('') })
    this.text += text
    emit(`response.${this.event}.delta`, { ...this.place, delta: text })
  }

  end(signature: Native | undefined, emit: Emit): void {
    if (this.isDone) return
    this.isDone = true
    this.signature = signature
    if (this.text !== '') {
      emit(`response.${this.event}.done`, { ...this.place, text: this.text })
      if (this.isSummary)
        emit('response.reasoning_summary_part.done', { ...this.place, part: summaryOf(this.text) })
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
    return {
      item_id: this.id,
      output_index: this.index,
      [this.isSummary ? 'summary_index' : 'content_index']: 0,
    }
  }
}

const summaryOf = (text: string): JsonObject => ({ type: 'summary_text', text })
