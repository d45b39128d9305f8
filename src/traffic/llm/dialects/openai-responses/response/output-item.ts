// The interface of output items while they are written, and the items that come complete from OpenAI.

import type { Json, JsonObject } from '../../../../../kit/json.ts'

/** Writes one event; the sequence number is added. */
export type Emit = (type: string, members: JsonObject) => void

/** The same for members that are JSON already: `"delta":"…"`. */
export type EmitWritten = (type: string, members: string) => void

export type ItemStatus = 'completed' | 'incomplete'

export interface OutputItem {
  /** Writes the beginning of the item. */
  open(emit: Emit): void
  /**
   * Writes that it is complete, unless that has been written or a part of it is still open. `incomplete`
   * closes it in any case.
   */
  settle(status: ItemStatus, emit: Emit): void
  written(): Json
}

/** An item of OpenAI's own tools, unchanged. */
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
