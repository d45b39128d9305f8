// A call of a tool while it is written.

import { written } from '../../../canonical/index.ts'
import type { Json, Native } from '../../../canonical/index.ts'
import type { Emit, ItemStatus, OutputItem } from './output-item.ts'
import { extraOf } from './seal.ts'

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
