// The content of a message: a text, or parts.
// https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages

import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  CacheMark,
  MediaBlock,
  NativeBlock,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
} from '../../../canonical/index.ts'
import {
  arrayOf,
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

type Block = TextBlock | RefusalBlock | ReasoningBlock | MediaBlock | NativeBlock

/** @throws GatewayError `bad-request` */
export function decodeContent(document: JsonDocument, message: Fields, path: string): Block[] {
  const span = message.get('content')
  if (span === undefined || span.kind === 'null') return []
  const at = `${path}.content`
  // An empty text is a placeholder where the wire format requires a value.
  if (span.kind === 'string')
    return span.end - span.start === 2 ? [] : [{ kind: 'text', text: stringAt(document, span) }]
  if (span.kind !== 'array') throw wrongType(at, 'string', span)
  return elements(document, span).flatMap((part, index) => decodePart(document, part, `${at}[${index}]`))
}

function decodePart(document: JsonDocument, span: JsonSpan, path: string): Block[] {
  // Some clients send bare strings among the parts.
  if (span.kind === 'string') return [{ kind: 'text', text: stringAt(document, span) }]
  const fields = objectFields(document, span, path)
  const type = optionalString(document, fields, 'type', `${path}.type`) ?? 'text'
  const cache = omitUndefined({ cache: cacheOf(document, fields) })
  if (type === 'text')
    return [{ kind: 'text', text: neededString(document, fields, 'text', `${path}.text`), ...cache }]
  if (type === 'refusal')
    return [{ kind: 'refusal', text: neededString(document, fields, 'refusal', `${path}.refusal`) }]
  if (type === 'thinking') return thinkingOf(document, fields, path)
  if (
    type !== 'image_url' &&
    type !== 'input_audio' &&
    type !== 'file' &&
    type !== 'video_url' &&
    type !== 'document_url'
  )
    return [{ kind: 'native', native: { dialect: 'openai-chat', value: jsonAt(document, span) } }]
  const inner = optional(
    fields,
    type,
    fields.get(type)?.kind === 'string' ? 'string' : 'object',
    `${path}.${type}`,
  )
  if (!inner) throw required(`${path}.${type}`, 'object')
  const at = `${path}.${type}`
  const media = inner.kind === 'string' ? new Map([['url', inner]]) : objectFields(document, inner, at)
  return [
    {
      ...(type === 'file'
        ? fileOf(document, media, at)
        : type === 'input_audio'
          ? recordingOf(document, media, at)
          : pictureOf(document, media, type, at)),
      ...cache,
    },
  ]
}

/**
 * Mistral's thinking part has the content that other vendors put into `reasoning_content`.
 * https://docs.mistral.ai/capabilities/reasoning/
 */
function thinkingOf(document: JsonDocument, fields: Fields, path: string): ReasoningBlock[] {
  const at = `${path}.thinking`
  const texts = arrayOf(document, fields, 'thinking', at).map(({ span, path: inner }) =>
    optionalString(document, objectFields(document, span, inner), 'text', `${inner}.text`),
  )
  const text = texts.join('')
  return text === '' ? [] : [{ kind: 'reasoning', text }]
}

/** `document_url` is Mistral's: https://docs.mistral.ai/capabilities/document_ai/document_qna */
const pictured = { image_url: 'image', video_url: 'video', document_url: 'file' } as const

function pictureOf(
  document: JsonDocument,
  fields: Fields,
  type: keyof typeof pictured,
  path: string,
): MediaBlock {
  const media = pictured[type]
  const url = neededString(document, fields, 'url', `${path}.url`)
  const detail = omitUndefined({ detail: optionalString(document, fields, 'detail', `${path}.detail`) })
  return { kind: 'media', media, ...sourceOf(url, `${path}.url`), ...detail }
}

function fileOf(document: JsonDocument, fields: Fields, path: string): MediaBlock {
  const name = omitUndefined({ name: optionalString(document, fields, 'filename', `${path}.filename`) })
  const id = optionalString(document, fields, 'file_id', `${path}.file_id`)
  if (id !== undefined)
    return { kind: 'media', media: 'file', source: { kind: 'id', dialect: 'openai-chat', id }, ...name }
  const data = neededString(document, fields, 'file_data', `${path}.file_data`)
  return { kind: 'media', media: 'file', ...sourceOf(data, `${path}.file_data`), ...name }
}

/** OpenAI's own mark, or Anthropic's, which many clients send to compatible servers. */
export function cacheOf(document: JsonDocument, fields: Fields): CacheMark | undefined {
  if (fields.get('prompt_cache_breakpoint')?.kind === 'object') return {}
  const span = fields.get('cache_control')
  if (span?.kind !== 'object') return undefined
  const ttl = objectFields(document, span, 'cache_control').get('ttl')
  const said = ttl?.kind === 'string' ? stringAt(document, ttl) : undefined
  return said === '5m' || said === '1h' ? { ttl: said } : {}
}
