// A request that goes on from an earlier answer, written out: the items that came before stand in `input`, so that guards read them, budgets bound
// them, and any target understands them.

import { GatewayError } from '../../../../../contract/errors.ts'
import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { splice } from '../../../../../kit/splice.ts'
import { isObject, textIn } from '../../../canonical/index.ts'
import type { Json } from '../../../canonical/index.ts'
import { scanBody } from '../../../wire/body.ts'
import { jsonAt, objectFields, optionalString } from '../../../wire/field.ts'
import { insertMember, overwrite } from '../../../wire/member.ts'
import { itemsOf, outputOf } from './items.ts'
import type { KeptResponses } from './kept.ts'

/** @returns the body itself when it refers to nothing. @throws GatewayError `bad-request` for what is not kept, or not for this key */
export function expand(body: Uint8Array, owner: string, kept: KeptResponses, limits: { maxDepth: number }): Uint8Array {
  const source = Buffer.from(body.buffer, body.byteOffset, body.length)
  if (!names.some((name) => source.includes(name))) return body
  const document = scanBody(body, limits)
  const previous = optionalString(document, document.members, 'previous_response_id')
  const input = document.members.get('input')
  if (previous === undefined && !refersToItems(document, input)) return body
  const before = previous === undefined ? [] : itemsBefore(previous, owner, kept)
  const written = `[${[...before.map((item) => JSON.stringify(item)), ...ownItems(document, input, owner, kept)].join(',')}]`
  const at = document.members.get('previous_response_id')
  return splice(body, [
    input ? overwrite(input, written) : insertMember(document, `"input":${written}`),
    ...(at && previous !== undefined ? [overwrite(at, 'null')] : []),
  ])
}

/** With the beginning of an escaped letter, which could hide the others. */
const names = ['previous_response_id', 'item_reference', '\\u00']

function itemsBefore(id: string, owner: string, kept: KeptResponses): readonly Json[] {
  const found = kept.get(owner, id)
  if (!found) {
    const message = `"previous_response_id" names no response that is kept for this key: it was made elsewhere, not stored, or is gone; send the earlier items in "input".`
    throw new GatewayError('bad-request', message, { param: 'previous_response_id' })
  }
  return [...itemsOf(found), ...outputOf(found)]
}

function refersToItems(document: JsonDocument, input: JsonSpan | undefined): boolean {
  return input?.kind === 'array' && elements(document, input).some((span, index) => isReference(document, span, `input[${index}]`))
}

function isReference(document: JsonDocument, span: JsonSpan, path: string): boolean {
  return span.kind === 'object' && optionalString(document, objectFields(document, span, path), 'type', `${path}.type`) === 'item_reference'
}

function ownItems(document: JsonDocument, input: JsonSpan | undefined, owner: string, kept: KeptResponses): string[] {
  if (input?.kind === 'string') return [JSON.stringify({ role: 'user', content: stringAt(document, input) })]
  // Whatever else it is, the lens says so.
  if (input?.kind !== 'array') return []
  return elements(document, input).map((span, index) => {
    const path = `input[${index}]`
    if (!isReference(document, span, path)) return textAt(document, span)
    const id = optionalString(document, objectFields(document, span, path), 'id', `${path}.id`) ?? ''
    return JSON.stringify(referred(id, owner, kept, path))
  })
}

/** Clients that keep a list of ids refer to single items. */
function referred(id: string, owner: string, kept: KeptResponses, path: string): Json {
  for (const response of kept.of(owner)) {
    const item = outputOf(response).find((each) => isObject(each) && textIn(each['id']) === id)
    if (item !== undefined) return item
  }
  throw new GatewayError('bad-request', `"${path}.id" names no item that is kept for this key; send the item itself.`, { param: `${path}.id` })
}

/** As the client wrote it. */
function textAt(document: JsonDocument, span: JsonSpan): string {
  return span.kind === 'object' || span.kind === 'array'
    ? Buffer.from(document.bytes.buffer, document.bytes.byteOffset + span.start, span.end - span.start).toString('utf8')
    : JSON.stringify(jsonAt(document, span))
}
