// The content of a message or of a tool's result: a text, or parts.
// https://platform.openai.com/docs/api-reference/responses/create

import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { objectsIn } from '../../../../../kit/json.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { MediaBlock, NativeBlock, RefusalBlock, TextBlock } from '../../../canonical/index.ts'
import {
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalString,
  required,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { recordingOf, sourceOf } from '../../../wire/openai/media.ts'
import { readCitation } from '../citations.ts'
import { signatureInExtra } from '../signatures.ts'

type Block = TextBlock | RefusalBlock | MediaBlock | NativeBlock

/** @param name `content` of a message, `output` of a result. @throws GatewayError `bad-request` */
export function decodeContent(
  document: JsonDocument,
  item: Fields,
  path: string,
  name: 'content' | 'output' = 'content',
): Block[] {
  const span = item.get(name)
  if (span === undefined || span.kind === 'null') return []
  const at = `${path}.${name}`
  if (span.kind === 'string') return [{ kind: 'text', text: stringAt(document, span) }]
  if (span.kind !== 'array') throw wrongType(at, 'string', span)
  return elements(document, span).map((part, index) => decodePart(document, part, `${at}[${index}]`))
}

function decodePart(document: JsonDocument, span: JsonSpan, path: string): Block {
  const fields = objectFields(document, span, path)
  const type = neededString(document, fields, 'type', `${path}.type`)
  const decode = Object.hasOwn(byType, type) ? byType[type] : undefined
  return decode
    ? { ...decode(document, fields, path), ...cacheIn(fields) }
    : { kind: 'native', native: { dialect: 'openai-responses', value: jsonAt(document, span) } }
}

/**
 * The prompt may be cached up to this position, for as long as OpenAI keeps its cache.
 * https://platform.openai.com/docs/guides/prompt-caching
 */
const cacheIn = (fields: Fields) =>
  fields.get('prompt_cache_breakpoint')?.kind === 'object' ? { cache: {} } : {}

type Decode = (document: JsonDocument, fields: Fields, path: string) => Block

const text: Decode = (document, fields, path) => {
  const list = optional(fields, 'annotations', 'array', `${path}.annotations`)
  const citations = list ? objectsIn(jsonAt(document, list)).map(readCitation) : []
  const extra = fields.get('extra_content')
  return {
    kind: 'text',
    text: neededString(document, fields, 'text', `${path}.text`),
    ...(citations.length > 0 ? { citations } : {}),
    ...omitUndefined({ signature: extra && signatureInExtra(jsonAt(document, extra)) }),
  }
}

const image: Decode = (document, fields, path) => {
  const detail = omitUndefined({ detail: optionalString(document, fields, 'detail', `${path}.detail`) })
  const id = optionalString(document, fields, 'file_id', `${path}.file_id`)
  if (id !== undefined) return { kind: 'media', media: 'image', source: stored(id), ...detail }
  const url = neededString(document, fields, 'image_url', `${path}.image_url`)
  return { kind: 'media', media: 'image', ...sourceOf(url, `${path}.image_url`), ...detail }
}

const file: Decode = (document, fields, path) => {
  const about = omitUndefined({
    name: optionalString(document, fields, 'filename', `${path}.filename`),
    detail: optionalString(document, fields, 'detail', `${path}.detail`),
  })
  const id = optionalString(document, fields, 'file_id', `${path}.file_id`)
  if (id !== undefined) return { kind: 'media', media: 'file', source: stored(id), ...about }
  const url = optionalString(document, fields, 'file_url', `${path}.file_url`)
  if (url !== undefined)
    return { kind: 'media', media: 'file', ...sourceOf(url, `${path}.file_url`), ...about }
  const data = neededString(document, fields, 'file_data', `${path}.file_data`)
  // Plain base64 is accepted too. PDF is the only document type that clients send in this form.
  const source = /^data:/i.test(data)
    ? sourceOf(data, `${path}.file_data`)
    : ({ source: { kind: 'data', base64: data }, mediaType: 'application/pdf' } as const)
  return { kind: 'media', media: 'file', ...source, ...about }
}

const audio: Decode = (document, fields, path) => {
  const at = `${path}.input_audio`
  const inner = optional(fields, 'input_audio', 'object', at)
  if (!inner) throw required(at, 'object')
  const said = objectFields(document, inner, at)
  return recordingOf(document, said, at)
}

const byType: Readonly<Record<string, Decode>> = {
  input_text: text,
  output_text: text,
  text,
  refusal: (document, fields, path) => ({
    kind: 'refusal',
    text: neededString(document, fields, 'refusal', `${path}.refusal`),
  }),
  input_image: image,
  input_file: file,
  input_audio: audio,
}

const stored = (id: string) => ({ kind: 'id', dialect: 'openai-responses', id }) as const
