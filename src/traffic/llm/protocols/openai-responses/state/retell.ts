// An answer as the client is to see it: with the id that the gateway gave it, and with what was the gateway's part of the request. Everything else
// stays as it is spelled.

import { members, scan, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { splice } from '../../../../../kit/splice.ts'

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
  const document = scan(data, { maxDepth: 100_000 })
  const span = member === undefined ? document.root : document.members.get(member)
  if (span?.kind !== 'object') return undefined
  const fields = members(document, span)
  const response = splice(
    data.subarray(span.start, span.end),
    [...changes(fields, told), ...(fields.has('id') ? [] : [{ start: span.start + 1, end: span.start + 1, replacement: missingId(told, fields) }])].map(
      ({ start, end, replacement }) => ({ start: start - span.start, end: end - span.start, replacement }),
    ),
  )
  return {
    data: span === document.root ? response : Buffer.concat([data.subarray(0, span.start), response, data.subarray(span.end)]),
    response,
    status: wordAt(document, fields.get('status')),
  }
}

function changes(fields: ReadonlyMap<string, JsonSpan>, { id, previous }: Retelling): { start: number; end: number; replacement: string }[] {
  const values: Readonly<Record<string, string>> = {
    id: JSON.stringify(id),
    // It is kept, though not by the vendor.
    store: 'true',
    ...(previous === undefined ? {} : { previous_response_id: JSON.stringify(previous) }),
  }
  return Object.entries(values).flatMap(([name, replacement]) => {
    const span = fields.get(name)
    return span ? [{ start: span.start, end: span.end, replacement }] : []
  })
}

const missingId = ({ id }: Retelling, fields: ReadonlyMap<string, JsonSpan>) => `"id":${JSON.stringify(id)}${fields.size > 0 ? ',' : ''}`

function wordAt(document: JsonDocument, span: JsonSpan | undefined): string | undefined {
  return span?.kind === 'string' ? stringAt(document, span) : undefined
}
