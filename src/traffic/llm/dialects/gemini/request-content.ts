// What guards read of a request: instructions, contents, tools and what they answered, each on a channel of its own; and the media that nobody reads.
// Arguments and results are objects here: each is read as its own source. Parts: https://ai.google.dev/api/caching#Part

import type { Media, PieceKind } from '../../../../contract/content.ts'
import { optional, optionalBoolean, optionalString } from '../../wire/field.ts'
import type { Fields } from '../../wire/field.ts'
import type { RequestContent } from '../../wire/operation.ts'
import { channelOf } from '../../wire/slot.ts'
import type { JsonDocument, JsonSpan } from '../../../../kit/json-spans.ts'
import { googleFields, googleList, innerGoogleFields } from './google-fields.ts'
import { toolSlots } from './request-tools.ts'
import type { GeminiView } from './view.ts'

/** @throws GatewayError `bad-request` for a wrong type where we read */
export function readContent(view: GeminiView): RequestContent {
  const { document, fields, prefix } = view
  const reader = new PartReader(document)
  const system = innerGoogleFields(document, fields, 'systemInstruction', `${prefix}systemInstruction`)
  if (system) reader.readParts(system, `${prefix}systemInstruction`, 'instruction')
  for (const content of googleList(document, fields, 'contents', `${prefix}contents`)) reader.readParts(content.fields, content.path, 'text')
  reader.content.slots.push(...toolSlots(view))
  return reader.content
}

/** Members of a part that say nothing. */
const silent = new Set(['thought', 'thoughtSignature', 'videoMetadata', 'mediaResolution', 'partMetadata'])

export class PartReader {
  readonly content: RequestContent = { slots: [], media: [] }
  private readonly document: JsonDocument

  constructor(document: JsonDocument) {
    this.document = document
  }

  readParts(content: Fields, path: string, kind: PieceKind): void {
    for (const part of googleList(this.document, content, 'parts', `${path}.parts`)) this.readPart(part.fields, part.path, kind)
  }

  private readPart(fields: Fields, path: string, kind: PieceKind): void {
    const isThought = optionalBoolean(this.document, fields, 'thought', `${path}.thought`)
    const text = optional(fields, 'text', 'string', `${path}.text`)
    if (text) this.add(text, path, isThought ? 'reasoning' : kind)
    for (const [name, span] of fields) {
      if (name === 'text' || silent.has(name) || span.kind !== 'object') continue
      const at = `${path}.${name}`
      if (name === 'inlineData' || name === 'fileData') this.addMedia(span, at, name)
      else if (name === 'functionCall') this.addMember(span, at, 'args', 'tool-arguments')
      else if (name === 'functionResponse') this.readResult(googleFields(this.document, span, at), at)
      // Google's own tools: code and its output, searches, and what is yet to come.
      else this.add(span, at, name === 'executableCode' || name === 'toolCall' ? 'tool-arguments' : 'tool-result')
    }
  }

  private readResult(fields: Fields, path: string): void {
    const response = optional(fields, 'response', 'object', `${path}.response`)
    if (response) this.add(response, `${path}.response`, 'tool-result')
    for (const part of googleList(this.document, fields, 'parts', `${path}.parts`)) {
      for (const name of ['inlineData', 'fileData'] as const) {
        const span = optional(part.fields, name, 'object', `${part.path}.${name}`)
        if (span) this.addMedia(span, `${part.path}.${name}`, name)
      }
    }
  }

  private addMember(object: JsonSpan, path: string, name: string, kind: PieceKind): void {
    const span = optional(googleFields(this.document, object, path), name, 'object', `${path}.${name}`)
    if (span) this.add(span, `${path}.${name}`, kind)
  }

  /** A text, or an object as the JSON that it is. */
  private add(span: JsonSpan, path: string, kind: PieceKind): void {
    this.content.slots.push({ channel: channelOf(path), kind, escaping: span.kind === 'string' ? 'none' : 'json-text', spans: [span] })
  }

  private addMedia(span: JsonSpan, path: string, name: 'inlineData' | 'fileData'): void {
    const fields = googleFields(this.document, span, path)
    const type = optionalString(this.document, fields, 'mimeType', `${path}.mimeType`) ?? ''
    this.content.media.push({ kind: kindOf(type), ...sourceOf(this.document, fields, path, name) })
  }
}

function sourceOf(document: JsonDocument, fields: Fields, path: string, name: 'inlineData' | 'fileData'): Pick<Media, 'source' | 'bytes'> {
  if (name === 'fileData') {
    const uri = optionalString(document, fields, 'fileUri', `${path}.fileUri`) ?? ''
    return { source: /^https?:/i.test(uri) && !/^https:\/\/generativelanguage\.googleapis\.com\//i.test(uri) ? 'remote' : 'stored' }
  }
  const data = optional(fields, 'data', 'string', `${path}.data`)
  return { source: 'inline', bytes: data ? Math.floor(((data.end - data.start - 2) * 3) / 4) : 0 }
}

function kindOf(mediaType: string): Media['kind'] {
  const [kind] = mediaType.toLowerCase().split('/', 1)
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}
