// Calls of custom tools, for dialects that have calls of functions only: the free text becomes the one member
// of a JSON object.

import type { ResponseEncoder } from './codec.ts'
import type { ResponseEvent } from './response.ts'

/** An encoder that gets `{"input":"…"}` where the model wrote free text. */
export function functionCallsOnly(encoder: ResponseEncoder): ResponseEncoder {
  const custom = new Set<string>()

  const fragment = (event: { choice: number; id: string }, text: string) =>
    encoder.write({ kind: 'tool-call-delta', choice: event.choice, id: event.id, text })

  function write(event: ResponseEvent): string {
    if (event.kind === 'tool-call-start' && event.tool === 'custom') {
      custom.add(event.id)
      return encoder.write({ ...event, tool: 'function' }) + fragment(event, '{"input":"')
    }
    if (event.kind !== 'tool-call-delta' && event.kind !== 'tool-call-end') return encoder.write(event)
    if (!custom.has(event.id)) return encoder.write(event)
    // A surrogate that is cut from its pair is escaped. Both meet again when the whole text is parsed.
    if (event.kind === 'tool-call-delta') return fragment(event, JSON.stringify(event.text).slice(1, -1))
    custom.delete(event.id)
    return fragment(event, '"}') + encoder.write(event)
  }

  return { write }
}
