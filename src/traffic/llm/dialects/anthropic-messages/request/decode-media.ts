// Images and documents as clients write them. https://docs.claude.com/en/docs/build-with-claude/vision,
// …/pdf-support

import { GatewayError } from '../../../../../contract/errors.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { told } from '../../../canonical/index.ts'
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
import { cacheOf } from './cache.ts'

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
    ...told({
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
  // some clients break lines
  text('media_type')
  return { kind: 'data', base64: text('data').replace(/\s+/g, '') }
}
