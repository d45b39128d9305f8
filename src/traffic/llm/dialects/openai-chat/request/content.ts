// The texts of a request that guards read: instructions, messages, tools and tool results, each on a separate
// channel. Parts: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages

import type { PieceKind } from '../../../../../contract/content.ts'
import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { elements } from '../../../../../kit/json-spans.ts'
import type { Steps } from '../../../../../kit/steps.ts'
import {
  arrayOf,
  eachOf,
  elementsPerStep,
  objectFields,
  optional,
  optionalString,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { toolSlots } from './tools.ts'
import type { RequestContent } from '../../../wire/operation.ts'
import { channelOf } from '../../../../wire/slot.ts'
import type { ChatView } from './view.ts'

/** @throws GatewayError `bad-request` for a wrong type in a member that we read */
export function* readContent(view: ChatView): Steps<RequestContent> {
  const content: RequestContent = { slots: [] }
  const { document } = view
  for (const { span, path, index } of eachOf(document, document.members, 'messages')) {
    if (index % elementsPerStep === elementsPerStep - 1) yield
    readMessage(view, content, span, path)
  }
  content.slots.push(...toolSlots(view))
  // A prediction is text that the model is likely to repeat. Guards read it like an earlier response.
  const prediction = optional(document.members, 'prediction', 'object')
  if (prediction)
    readText(view, content, objectFields(document, prediction, 'prediction'), 'prediction', 'text')
  return content
}

const kindOfRole: ReadonlyMap<string, PieceKind> = new Map([
  ['system', 'instruction'],
  ['developer', 'instruction'],
  ['tool', 'tool-result'],
  ['function', 'tool-result'],
])

function readMessage(view: ChatView, content: RequestContent, message: JsonSpan, path: string): void {
  const { document } = view
  const fields = objectFields(document, message, path)
  const kind = kindOfRole.get(optionalString(document, fields, 'role', `${path}.role`) ?? '') ?? 'text'
  readText(view, content, fields, path, kind)
  addSlot(content, fields, 'refusal', path, 'refusal')
  addSlot(content, fields, 'reasoning_content', path, 'reasoning')
  addSlot(content, fields, 'reasoning', path, 'reasoning')
  for (const call of arrayOf(document, fields, 'tool_calls', `${path}.tool_calls`)) {
    const callFields = objectFields(document, call.span, call.path)
    for (const member of ['function', 'custom'])
      readCall(view, content, callFields, member, `${call.path}.${member}`)
  }
  readCall(view, content, fields, 'function_call', `${path}.function_call`)
}

/** A `content`: a text, or a list of parts, or null. */
function readText(
  view: ChatView,
  content: RequestContent,
  fields: Fields,
  path: string,
  kind: PieceKind,
): void {
  const span = fields.get('content')
  if (span === undefined || span.kind === 'null') return
  const at = `${path}.content`
  if (span.kind === 'string')
    content.slots.push({ channel: channelOf(at), kind, escaping: 'none', spans: [span] })
  else if (span.kind === 'array')
    elements(view.document, span).forEach((part, index) =>
      readPart(view, content, part, `${at}[${index}]`, kind),
    )
  else throw wrongType(at, 'string', span)
}

function readPart(
  view: ChatView,
  content: RequestContent,
  part: JsonSpan,
  path: string,
  kind: PieceKind,
): void {
  const { document } = view
  // Some servers accept bare strings among the parts.
  if (part.kind === 'string') {
    content.slots.push({ channel: channelOf(path), kind, escaping: 'none', spans: [part] })
    return
  }
  const fields = objectFields(document, part, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'text'
  if (type === 'text') addSlot(content, fields, 'text', path, kind, '')
  else if (type === 'refusal') addSlot(content, fields, 'refusal', path, 'refusal', '')
  else if (type === 'thinking' && fields.get('thinking')?.kind !== 'string') {
    for (const inner of arrayOf(document, fields, 'thinking', `${path}.thinking`))
      readPart(view, content, inner.span, inner.path, 'reasoning')
  }
}

function readCall(
  view: ChatView,
  content: RequestContent,
  fields: Fields,
  member: string,
  path: string,
): void {
  const span = optional(fields, member, 'object', path)
  if (!span) return
  const call = objectFields(view.document, span, path)
  const written = call.get('arguments')
  if (written?.kind === 'string')
    content.slots.push({
      channel: channelOf(`${path}.arguments`),
      kind: 'tool-arguments',
      escaping: 'json-text',
      spans: [written],
    })
  addSlot(content, call, 'input', path, 'tool-arguments')
}

function addSlot(
  content: RequestContent,
  fields: Fields,
  name: string,
  path: string,
  kind: PieceKind,
  suffix = `.${name}`,
): void {
  const span = optional(fields, name, 'string', `${path}.${name}`)
  if (span) content.slots.push({ channel: channelOf(path + suffix), kind, escaping: 'none', spans: [span] })
}
