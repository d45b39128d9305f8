// A tool call while it is written.

import { parseJson, written } from '../../../../../kit/json.ts'
import type { Json } from '../../../../../kit/json.ts'
import type { Native } from '../../../canonical/index.ts'
import type { Emit, ItemStatus, OutputItem } from './output-item.ts'
import { extraOf } from '../signatures.ts'
import type { WireTool } from '../tool-names.ts'

export class CallItem implements OutputItem {
  private readonly index: number
  private readonly call: {
    id: string
    callId: string
    form: 'function' | 'custom' | 'search'
    wire: WireTool
  }
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
    // A tool search has no deltas.
    if (this.names)
      emit(`response.${this.names.event}.delta`, {
        item_id: this.call.id,
        output_index: this.index,
        delta: text,
      })
  }

  end(signature: Native | undefined, emit: Emit): void {
    this.extra = extraOf(signature)
    this.finish('completed', emit)
  }

  /** The deltas of calls may interleave, so another item does not close a call. */
  settle(status: ItemStatus, emit: Emit): void {
    if (status === 'incomplete') this.finish(status, emit)
  }

  private finish(status: ItemStatus, emit: Emit): void {
    if (this.status !== 'in_progress') return
    this.status = status
    const { id, form, wire } = this.call
    // Clients parse the arguments, and an empty text is not JSON.
    if (this.input === '' && form === 'function' && status === 'completed') this.input = '{}'
    if (this.names)
      emit(`response.${this.names.event}.done`, {
        item_id: id,
        output_index: this.index,
        name: wire.name,
        [this.names.member]: this.input,
      })
    emit('response.output_item.done', { output_index: this.index, item: this.written() })
  }

  written(): Json {
    const { id, callId: call_id, form, wire } = this.call
    const { status, input } = this
    const { name, namespace } = wire
    if (form === 'search')
      return { id, type: 'tool_search_call', status, call_id, execution: 'client', arguments: jsonIn(input) }
    if (form === 'custom')
      return written({ id, type: 'custom_tool_call', status, call_id, name, namespace, input })
    return written({
      id,
      type: 'function_call',
      status,
      call_id,
      name,
      namespace,
      arguments: input,
      extra_content: this.extra,
    })
  }

  private get names(): { event: string; member: string } | undefined {
    return this.call.form === 'search' ? undefined : names[this.call.form]
  }
}

const names = {
  function: { event: 'function_call_arguments', member: 'arguments' },
  custom: { event: 'custom_tool_call_input', member: 'input' },
} as const

/** The text may be incomplete, or the model may have written invalid JSON. */
function jsonIn(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    return {}
  }
}
