// A response as the client sees it: with the gateway's id, and with the members of the request that the
// gateway handled itself. Everything else keeps its spelling.

import { members, scan, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { splice } from '../../../../../kit/splice.ts'
import type { Splice } from '../../../../../kit/splice.ts'

export interface ResponseRewrite {
  id: string
  /** The `previous_response_id` of the request. Targets never see it. */
  previous?: string
}

export interface RewrittenResponse {
  /** The JSON text with the response in it. */
  data: Uint8Array
  response: Uint8Array
  status: string | undefined
}

/**
 * @param data JSON: a response, or an event
 * @param member the member of an event that holds the response
 * @returns undefined when there is none
 */
export function rewriteResponse(
  data: Uint8Array,
  rewrite: ResponseRewrite,
  member?: 'response',
): RewrittenResponse | undefined {
  const document = scan(data, { maxDepth })
  const span = member === undefined ? document.root : document.members.get(member)
  if (span?.kind !== 'object') return undefined
  const fields = members(document, span)
  const changes = changesOf(fields, span, rewrite).map(({ start, end, replacement }) => ({
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

/** Deeper responses were refused before. */
const maxDepth = 2_000

function changesOf(
  fields: ReadonlyMap<string, JsonSpan>,
  { start }: JsonSpan,
  { id, previous }: ResponseRewrite,
): Splice[] {
  const values: Readonly<Record<string, string>> = {
    id: JSON.stringify(id),
    ...(previous === undefined ? {} : { previous_response_id: JSON.stringify(previous) }),
  }
  const missing = Object.entries(values).filter(([name]) => !fields.has(name))
  // The gateway keeps it, not the vendor.
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
