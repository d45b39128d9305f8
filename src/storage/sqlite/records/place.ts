// The place of a record in the store's tables: one integer that sorts by time. It consists of the
// milliseconds and the twelve bits at the beginning of a UUIDv7. Exchanges with the same bits take the next
// free place within their millisecond.

import { timeOfId } from '../../../kit/id.ts'

/** 2020-01-01, so that places are exact as doubles until 2089. */
const epoch = 1_577_836_800_000
export const placesPerMs = 4_096

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const uuidVersion7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The first place of a moment, for comparisons. */
export const placeAt = (ms: number): number => Math.max(0, Math.floor(ms) - epoch) * placesPerMs

export const timeOfPlace = (place: number): number => Math.floor(place / placesPerMs) + epoch

/** The place of an id in an empty store. An id without a time is at the very beginning. */
export function placeOfId(id: string): number {
  if (!uuidVersion7.test(id)) return 0
  return placeAt(timeOfId(id)) + Number.parseInt(id.slice(15, 18), 16)
}

/** Sixteen bytes, or the text of an id with another format. */
export const bytesOfId = (id: string): Uint8Array =>
  uuid.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : Buffer.from(id)

export function idOfBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) return Buffer.from(bytes).toString()
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export const isVersion7 = (id: string): boolean => uuidVersion7.test(id)
