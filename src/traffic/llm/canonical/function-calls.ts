// Calls of custom tools for dialects that know calls of functions only: the free text becomes the one member
// of a JSON object.

import type { ResponseEncoder } from './codec.ts'
import type { ResponseEvent } from './response.ts'

/** An encoder that is told `{"input":"…"}` where the model wrote free text. */
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
    // a surrogate that was cut from its pair is escaped, and meets it again when the whole is parsed
    if (event.kind === 'tool-call-delta') return fragment(event, JSON.stringify(event.text).slice(1, -1))
    custom.delete(event.id)
    return fragment(event, '"}') + encoder.write(event)
  }

  return { write }
}
