// The result of the last acquire, stored as text so that a lost response can be repeated.

import type { AcquireResult } from '../../contract/stores.ts'

export const encodeReply = (reply: AcquireResult): string => JSON.stringify(reply, write)

/** @param text of encodeReply */
export const decodeReply = (text: string): AcquireResult => JSON.parse(text, read)

/** JSON has neither BigInt nor infinity. */
function write(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { integer: String(value) }
  if (value === Infinity || value === -Infinity) return { infinite: value > 0 }
  return value
}

function read(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('integer' in value) return BigInt(String(value.integer))
  if ('infinite' in value) return value.infinite === true ? Infinity : -Infinity
  return value
}
