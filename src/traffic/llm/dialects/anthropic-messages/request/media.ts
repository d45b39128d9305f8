// Images and documents in both directions. https://docs.claude.com/en/docs/build-with-claude/vision,
// …/pdf-support

import { GatewayError } from '../../../../../contract/errors.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { MediaBlock, MediaSource } from '../../../canonical/index.ts'
import {
  neededString,
  objectFields,
  optional,
  optionalBoolean,
  optionalString,
  required,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { cacheOf, writeCache } from './cache.ts'
import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { LossNotes } from '../../../losses/index.ts'

/**
 * @returns undefined for a document made of blocks, which only Anthropic has. @throws GatewayError
 * `bad-request`
 */
export function decodeMedia(
  document: JsonDocument,
  fields: Fields,
  type: string,
  path: string,
): MediaBlock | undefined {
  const span = optional(fields, 'source', 'object', `${path}.source`)
  if (!span) throw required(`${path}.source`, 'object')
  const members = objectFields(document, span, `${path}.source`)
  const source = sourceOf(document, members, `${path}.source`)
  if (source === undefined) return undefined
  const citations = optional(fields, 'citations', 'object', `${path}.citations`)
  return {
    kind: 'media',
    media: type === 'image' ? 'image' : 'file',
    source,
    ...omitUndefined({
      mediaType: optionalString(document, members, 'media_type', `${path}.source.media_type`),
      name: optionalString(document, fields, 'title', `${path}.title`),
      context: optionalString(document, fields, 'context', `${path}.context`),
      isCitable:
        citations &&
        optionalBoolean(
          document,
          objectFields(document, citations, `${path}.citations`),
          'enabled',
          `${path}.citations.enabled`,
        ),
      cache: cacheOf(document, fields, path),
    }),
  }
}

function sourceOf(document: JsonDocument, members: Fields, path: string): MediaSource | undefined {
  const text = (name: string) => neededString(document, members, name, `${path}.${name}`)
  const type = text('type')
  if (type === 'content') return undefined
  if (type === 'text') return { kind: 'text', text: text('data') }
  if (type === 'file') return { kind: 'id', dialect: 'anthropic-messages', id: text('file_id') }
  if (type === 'url') return { kind: 'url', url: text('url') }
  if (type !== 'base64')
    throw new GatewayError('bad-request', `"${path}.type" must be one of base64, url, file, text, content`, {
      param: `${path}.type`,
    })
  // some clients insert line breaks
  text('media_type')
  return { kind: 'data', base64: text('data').replace(/\s+/g, '') }
}

/**
 * @returns undefined for media that the table refuses or that is encoded in another form. @throws
 * GatewayError `unsupported` for documents of other types
 */
export function encodeMedia(block: MediaBlock, notes: LossNotes): JsonObject | undefined {
  if (block.media !== 'image' && block.media !== 'file') return undefined
  const source = block.media === 'image' ? imageSource(block) : documentSource(block, notes)
  if (source === undefined) return undefined
  const cache = writeCache(block.cache)
  if (block.media === 'image') return written({ type: 'image', source, cache_control: cache })
  const { name, context, isCitable } = block
  return written({
    type: 'document',
    source,
    title: name,
    context,
    citations: isCitable === undefined ? undefined : { enabled: isCitable },
    cache_control: cache,
  })
}

function imageSource({ source, mediaType }: MediaBlock): JsonObject | undefined {
  if (source.kind === 'data')
    return { type: 'base64', media_type: mediaType ?? 'image/png', data: source.base64 }
  if (source.kind === 'url') return { type: 'url', url: source.url }
  return source.kind === 'id' ? { type: 'file', file_id: source.id } : undefined
}

function documentSource(
  { source, mediaType = 'application/pdf' }: MediaBlock,
  notes: LossNotes,
): JsonObject | undefined {
  if (source.kind === 'text') return plain(source.text)
  if (source.kind === 'url') return { type: 'url', url: source.url }
  if (source.kind === 'id') return { type: 'file', file_id: source.id }
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data: source.base64 }
  if (/^text\/|^application\/(?:json|xml|x-?yaml)\b/.test(mediaType))
    return plain(Buffer.from(source.base64, 'base64').toString('utf8'))
  notes.drop('file', 'only PDF and plain text are taken')
  return undefined
}

const plain = (data: string): JsonObject => ({ type: 'text', media_type: 'text/plain', data })
