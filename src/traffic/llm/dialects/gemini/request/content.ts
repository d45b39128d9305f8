// The texts of a request that guards read: instructions, contents, tools and tool results, each on a separate
// channel. Arguments and results are objects in this dialect, and guards read the JSON text of each. Parts:
// https://ai.google.dev/api/caching#Part

import type { PieceKind } from '../../../../../contract/content.ts'
import type { Steps } from '../../../../../kit/steps.ts'
import { elementsPerStep, optional, optionalBoolean } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { RequestContent } from '../../../wire/operation.ts'
import { channelOf } from '../../../../wire/slot.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { eachGoogle, googleFields, googleList, innerGoogleFields } from '../google-fields.ts'
import { toolSlots } from './tools.ts'
import type { GeminiView } from './view.ts'

/** @throws GatewayError `bad-request` for a wrong type in a member that we read */
export function* readContent(view: GeminiView): Steps<RequestContent> {
  const { document, fields, prefix } = view
  const reader = new PartReader(document)
  const system = innerGoogleFields(document, fields, 'systemInstruction', `${prefix}systemInstruction`)
  if (system) reader.readParts(system, `${prefix}systemInstruction`, 'instruction')
  for (const content of eachGoogle(document, fields, 'contents', `${prefix}contents`)) {
    if (content.index % elementsPerStep === elementsPerStep - 1) yield
    reader.readParts(content.fields, content.path, 'text')
  }
  reader.content.slots.push(...toolSlots(view))
  return reader.content
}

/** Members of a part without content. */
const silent = new Set([
  'inlineData',
  'fileData',
  'thought',
  'thoughtSignature',
  'videoMetadata',
  'mediaResolution',
  'partMetadata',
])

export class PartReader {
  readonly content: RequestContent = { slots: [] }
  private readonly document: JsonDocument

  constructor(document: JsonDocument) {
    this.document = document
  }

  readParts(content: Fields, path: string, kind: PieceKind): void {
    for (const part of googleList(this.document, content, 'parts', `${path}.parts`))
      this.readPart(part.fields, part.path, kind)
  }

  private readPart(fields: Fields, path: string, kind: PieceKind): void {
    const isThought = optionalBoolean(this.document, fields, 'thought', `${path}.thought`)
    const text = optional(fields, 'text', 'string', `${path}.text`)
    if (text) this.add(text, path, isThought ? 'reasoning' : kind)
    for (const [name, span] of fields) {
      if (name === 'text' || silent.has(name) || span.kind !== 'object') continue
      const at = `${path}.${name}`
      if (name === 'functionCall') this.addMember(span, at, 'args', 'tool-arguments')
      else if (name === 'functionResponse') this.readResult(googleFields(this.document, span, at), at)
      // Google's own tools: code and its output, searches, and future tools.
      else
        this.add(
          span,
          at,
          name === 'executableCode' || name === 'toolCall' ? 'tool-arguments' : 'tool-result',
        )
    }
  }

  private readResult(fields: Fields, path: string): void {
    const response = optional(fields, 'response', 'object', `${path}.response`)
    if (response) this.add(response, `${path}.response`, 'tool-result')
  }

  private addMember(object: JsonSpan, path: string, name: string, kind: PieceKind): void {
    const span = optional(googleFields(this.document, object, path), name, 'object', `${path}.${name}`)
    if (span) this.add(span, `${path}.${name}`, kind)
  }

  /** A text, or an object as JSON. */
  private add(span: JsonSpan, path: string, kind: PieceKind): void {
    this.content.slots.push({
      channel: channelOf(path),
      kind,
      escaping: span.kind === 'string' ? 'none' : 'json-text',
      spans: [span],
    })
  }
}
