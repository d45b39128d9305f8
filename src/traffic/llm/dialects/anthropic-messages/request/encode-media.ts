// Images and documents in Anthropic's shape.

import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { MediaBlock } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { writtenCache } from './cache.ts'

/**
 * @returns undefined for media that the table refuses or that was said otherwise. @throws GatewayError
 * `unsupported` for documents of other types
 */
export function writtenMedia(block: MediaBlock, notes: LossNotes): JsonObject | undefined {
  if (block.media !== 'image' && block.media !== 'file') return undefined
  const source = block.media === 'image' ? imageSource(block) : documentSource(block, notes)
  if (source === undefined) return undefined
  const cache = writtenCache(block.cache)
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
