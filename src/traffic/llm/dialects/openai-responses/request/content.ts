// The texts of a request that guards read: instructions, items and tools, each on a separate channel. Items:
// https://platform.openai.com/docs/api-reference/responses/create#responses-create-input

import type { PieceKind } from '../../../../../contract/content.ts'
import { elements } from '../../../../../kit/json-spans.ts'
import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import type { Steps } from '../../../../../kit/steps.ts'
import {
  eachOf,
  elementsPerStep,
  objectFields,
  optional,
  optionalString,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { RequestContent } from '../../../wire/operation.ts'
import { channelOf } from '../../../../wire/slot.ts'
import type { Slot } from '../../../../wire/slot.ts'
import { toolSlots } from './tools.ts'
import type { ResponsesView } from './view.ts'

/** @throws GatewayError `bad-request` for a wrong type in a member that we read */
export function* readContent(view: ResponsesView): Steps<RequestContent> {
  const content: RequestContent = { slots: [] }
  const { members } = view.document
  yield* readItems(view, content, members, 'instructions', 'instruction')
  yield* readItems(view, content, members, 'input', 'text')
  content.slots.push(...toolSlots(view))
  // The values for the variables of a stored prompt.
  const prompt = optional(members, 'prompt', 'object')
  const variables = prompt && objectFields(view.document, prompt, 'prompt').get('variables')
  if (variables) readAny(view, content, variables, 'prompt.variables', 'text')
  return content
}

function* readItems(
  view: ResponsesView,
  content: RequestContent,
  fields: Fields,
  name: string,
  kind: PieceKind,
): Steps<void> {
  const span = fields.get(name)
  if (span?.kind === 'string') add(content, span, name, kind)
  if (span?.kind !== 'array') return
  for (const item of eachOf(view.document, fields, name)) {
    if (item.index % elementsPerStep === elementsPerStep - 1) yield
    readItem(view, content, item.span, item.path, kind)
  }
}

const instructingRoles: ReadonlySet<string> = new Set(['system', 'developer'])

function readItem(
  view: ResponsesView,
  content: RequestContent,
  item: JsonSpan,
  path: string,
  kind: PieceKind,
): void {
  const { document } = view
  const fields = objectFields(document, item, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'message'
  if (type === 'message') {
    const role = optionalString(document, fields, 'role', `${path}.role`) ?? ''
    return readParts(
      view,
      content,
      fields,
      'content',
      path,
      instructingRoles.has(role) ? 'instruction' : kind,
    )
  }
  if (type === 'function_call_output' || type === 'custom_tool_call_output')
    return readParts(view, content, fields, 'output', path, 'tool-result')
  if (type === 'function_call')
    return addMember(content, fields, 'arguments', path, 'tool-arguments', 'json-text')
  if (type === 'reasoning') {
    readParts(view, content, fields, 'summary', path, 'reasoning')
    return readParts(view, content, fields, 'content', path, 'reasoning')
  }
  // All texts of everything else: calls and results of the vendor's tools, and unknown items.
  readAny(view, content, item, path, 'tool-result')
}

/** A text, or a list of parts, or null. */
function readParts(
  view: ResponsesView,
  content: RequestContent,
  fields: Fields,
  name: string,
  path: string,
  kind: PieceKind,
): void {
  const span = fields.get(name)
  if (span === undefined || span.kind === 'null') return
  const at = `${path}.${name}`
  if (span.kind === 'string') add(content, span, at, kind)
  else if (span.kind === 'array')
    elements(view.document, span).forEach((part, index) =>
      readPart(view, content, part, `${at}[${index}]`, kind),
    )
  else throw wrongType(at, 'string', span)
}

function readPart(
  view: ResponsesView,
  content: RequestContent,
  part: JsonSpan,
  path: string,
  kind: PieceKind,
): void {
  const { document } = view
  const fields = objectFields(document, part, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? ''
  const text = fields.get(type === 'refusal' ? 'refusal' : 'text')
  if (text?.kind === 'string') add(content, text, path, type === 'refusal' ? 'refusal' : kind)
}

/** Identifiers and media. wire/unread.ts decides whether guards read them. */
const structural = new Set([
  'id',
  'type',
  'status',
  'call_id',
  'name',
  'role',
  'server_label',
  'container_id',
  'encrypted_content',
  'result',
  'file_id',
  'file_data',
  'image_url',
  'url',
])

function readAny(
  view: ResponsesView,
  content: RequestContent,
  span: JsonSpan,
  path: string,
  kind: PieceKind,
): void {
  if (span.kind === 'string') add(content, span, path, kind)
  else if (span.kind === 'array')
    elements(view.document, span).forEach((each, index) =>
      readAny(view, content, each, `${path}[${index}]`, kind),
    )
  else if (span.kind === 'object') {
    for (const [name, each] of objectFields(view.document, span, path)) {
      if (!structural.has(name)) readAny(view, content, each, `${path}.${name}`, kind)
    }
  }
}

function addMember(
  content: RequestContent,
  fields: Fields,
  name: string,
  path: string,
  kind: PieceKind,
  escaping: Slot['escaping'] = 'none',
): void {
  const span = optional(fields, name, 'string', `${path}.${name}`)
  if (span) add(content, span, `${path}.${name}`, kind, escaping)
}

function add(
  content: RequestContent,
  span: JsonSpan,
  path: string,
  kind: PieceKind,
  escaping: Slot['escaping'] = 'none',
): void {
  content.slots.push({ channel: channelOf(path), kind, escaping, spans: [span] })
}
