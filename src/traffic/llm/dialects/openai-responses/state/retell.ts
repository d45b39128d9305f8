// An answer as the client is to see it: with the id that the gateway gave it, and with what was the gateway's
// part of the request. Everything else stays as it is spelled.

import { members, scan, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { splice } from '../../../../../kit/splice.ts'
import type { Splice } from '../../../../../kit/splice.ts'

export interface Retelling {
  id: string
  /** What the request called `previous_response_id`; targets are never told. */
  previous?: string
}

export interface Retold {
  /** The JSON text in which the response stands. */
  data: Uint8Array
  response: Uint8Array
  status: string | undefined
}

/**
 * @param data JSON: a response, or an event
 * @param member where in an event the response stands
 * @returns undefined when there is none
 */
export function retold(data: Uint8Array, told: Retelling, member?: 'response'): Retold | undefined {
  const document = scan(data, { maxDepth })
  const span = member === undefined ? document.root : document.members.get(member)
  if (span?.kind !== 'object') return undefined
  const fields = members(document, span)
  const changes = changesOf(fields, span, told).map(({ start, end, replacement }) => ({
    start: start - span.start,
    end: end - span.start,
    replacement,
  }))
  const response = splice(data.subarray(span.start, span.end), changes)
  return {
    data:
      span === document.root
        ? response
        : Buffer.concat([data.subarray(0, span.start), response, data.subarray(span.end)]),
    response,
    status: wordAt(document, fields.get('status')),
  }
}

/** Deeper answers were refused before. */
const maxDepth = 2_000

function changesOf(
  fields: ReadonlyMap<string, JsonSpan>,
  { start }: JsonSpan,
  { id, previous }: Retelling,
): Splice[] {
  const values: Readonly<Record<string, string>> = {
    id: JSON.stringify(id),
    ...(previous === undefined ? {} : { previous_response_id: JSON.stringify(previous) }),
  }
  const missing = Object.entries(values).filter(([name]) => !fields.has(name))
  // It is kept, though not by the vendor.
  const written = Object.entries({ ...values, store: 'true' }).flatMap(([name, replacement]) => {
    const span = fields.get(name)
    return span ? [{ start: span.start, end: span.end, replacement }] : []
  })
  if (missing.length === 0) return written
  const members = missing.map(([name, value]) => `"${name}":${value}`).join(',')
  return [
    ...written,
    { start: start + 1, end: start + 1, replacement: fields.size > 0 ? `${members},` : members },
  ]
}

function wordAt(document: JsonDocument, span: JsonSpan | undefined): string | undefined {
  return span?.kind === 'string' ? stringAt(document, span) : undefined
}
