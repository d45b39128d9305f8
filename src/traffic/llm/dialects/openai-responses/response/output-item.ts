// What all items of an answer can do while they are written; and those that come ready from OpenAI.

import type { Json, JsonObject } from '../../../../../kit/json.ts'

/** Writes one event; the sequence number is added. */
export type Emit = (type: string, members: JsonObject) => void

/** The same for members that are written already: `"delta":"…"`. */
export type EmitWritten = (type: string, members: string) => void

export type ItemStatus = 'completed' | 'incomplete'

export interface OutputItem {
  /** Tells that the item begins. */
  open(emit: Emit): void
  /**
   * Tells that it is complete, unless that was told or something of it is still open; `incomplete` closes it
   * in any case.
   */
  settle(status: ItemStatus, emit: Emit): void
  written(): Json
}

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
