// The texts of a request that guards read: instructions, messages, tools and tool results, each on a separate
// channel. Blocks: https://docs.claude.com/en/api/messages#body-messages wire/unread.ts reads other fields
// (citations, results of Anthropic's own tools).
//
// Thinking is read like other text. Its signature covers the text that the model wrote. If a guard's
// placeholders were restored for the client, inserting them again here reproduces that text.

import type { PieceKind } from '../../../../../contract/content.ts'
import { elements } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
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
import type { MessagesView } from './view.ts'

/** @throws GatewayError `bad-request` for a wrong type in a member that we read */
export function* readContent(view: MessagesView): Steps<RequestContent> {
  const { document } = view
  const content: RequestContent = { slots: [] }
  const reader = new BlockReader(document, content)
  reader.readText(document.members.get('system'), 'system', 'instruction')
  for (const { span, path, index } of eachOf(document, document.members, 'messages')) {
    if (index % elementsPerStep === elementsPerStep - 1) yield
    const fields = objectFields(document, span, path)
    const role = optionalString(document, fields, 'role', `${path}.role`)
    reader.readText(fields.get('content'), `${path}.content`, role === 'system' ? 'instruction' : 'text')
  }
  content.slots.push(...toolSlots(view))
  return content
}

class BlockReader {
  private readonly document: JsonDocument
  private readonly content: RequestContent

  constructor(document: JsonDocument, content: RequestContent) {
    this.document = document
    this.content = content
  }

  /** A text, a list of blocks, or nothing. */
  readText(span: JsonSpan | undefined, path: string, kind: PieceKind): void {
    if (span === undefined || span.kind === 'null') return
    if (span.kind === 'string') this.add(span, path, kind)
    else if (span.kind === 'array')
      elements(this.document, span).forEach((each, index) => this.readBlock(each, `${path}[${index}]`, kind))
    else throw wrongType(path, 'string', span)
  }

  private readBlock(span: JsonSpan, path: string, kind: PieceKind): void {
    const fields = objectFields(this.document, span, path)
    const type = optionalString(this.document, fields, 'type', `${path}.type`)
    if (type === 'text') this.addMember(fields, 'text', path, kind, '')
    else if (type === 'thinking') this.addMember(fields, 'thinking', path, 'reasoning')
    else if (type === 'tool_use') this.add(fields.get('input'), path, 'tool-arguments', 'json-text')
    else if (type === 'tool_result') this.readText(fields.get('content'), `${path}.content`, 'tool-result')
    else if (type === 'document') this.readDocument(fields, path, kind)
    else if (type === 'server_tool_use' || type === 'mcp_tool_use')
      this.add(fields.get('input'), path, 'tool-arguments', 'json-text')
  }

  private readDocument(fields: Fields, path: string, kind: PieceKind): void {
    this.addMember(fields, 'title', path, kind)
    this.addMember(fields, 'context', path, kind)
    const source = optional(fields, 'source', 'object', `${path}.source`)
    const members = source && objectFields(this.document, source, `${path}.source`)
    const type = members && optionalString(this.document, members, 'type', `${path}.source.type`)
    if (members && type === 'text') this.addMember(members, 'data', `${path}.source`, kind)
    else if (members && type === 'content')
      this.readText(members.get('content'), `${path}.source.content`, kind)
  }

  private addMember(fields: Fields, name: string, path: string, kind: PieceKind, suffix = `.${name}`): void {
    this.add(optional(fields, name, 'string', `${path}.${name}`), `${path}${suffix}`, kind)
  }

  private add(
    span: JsonSpan | undefined,
    path: string,
    kind: PieceKind,
    escaping: Slot['escaping'] = 'none',
  ): void {
    if (span === undefined || (span.kind !== 'string' && span.kind !== 'object')) return
    this.content.slots.push({
      channel: channelOf(path),
      kind,
      escaping: span.kind === 'object' ? 'json-text' : escaping,
      spans: [span],
    })
  }
}
