// Media of a part: bytes in the request (`inlineData`), or a file that Google has or fetches (`fileData`).

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { MediaBlock } from '../../../canonical/index.ts'
import { neededString, optionalString } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'

export function blobOf(document: JsonDocument, fields: Fields, path: string): MediaBlock {
  const mediaType = neededString(document, fields, 'mimeType', `${path}.mimeType`)
  const base64 = neededString(document, fields, 'data', `${path}.data`)
  // proto3 JSON also accepts the URL-safe alphabet; other vendors accept only the standard one
  const data = base64.replaceAll('-', '+').replaceAll('_', '/')
  return {
    kind: 'media',
    media: mediaOf(mediaType),
    source: { kind: 'data', base64: data },
    mediaType,
    ...nameOf(document, fields, path),
  }
}

export function fileOf(document: JsonDocument, fields: Fields, path: string): MediaBlock {
  const uri = neededString(document, fields, 'fileUri', `${path}.fileUri`)
  const mediaType = optionalString(document, fields, 'mimeType', `${path}.mimeType`)
  const isStored = !/^https?:/i.test(uri) || /^https:\/\/generativelanguage\.googleapis\.com\//i.test(uri)
  return {
    kind: 'media',
    media:
      mediaType === undefined && isFilm.test(uri) ? 'video' : mediaOf(mediaType ?? typeByEnding(uri) ?? ''),
    source: isStored ? { kind: 'id', dialect: 'gemini', id: uri } : { kind: 'url', url: uri },
    ...omitUndefined({ mediaType }),
    ...nameOf(document, fields, path),
  }
}

export function mediaOf(mediaType: string): MediaBlock['media'] {
  const [kind] = mediaType.toLowerCase().split('/', 1)
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

const isFilm = /^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)\//i

const endings: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  gif: 'image/gif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  mov: 'video/mov',
  webm: 'video/webm',
}

/** The media type by the extension in a URL's path. */
export function typeByEnding(url: string): string | undefined {
  const ending = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(url.slice(0, 2000))?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(endings, ending) ? endings[ending] : undefined
}

const nameOf = (document: JsonDocument, fields: Fields, path: string) =>
  omitUndefined({ name: optionalString(document, fields, 'displayName', `${path}.displayName`) })

export function encodeMedia({ source, mediaType }: MediaBlock): JsonObject[] {
  if (source.kind === 'data')
    return [{ inlineData: { mimeType: mediaType ?? 'application/octet-stream', data: source.base64 } }]
  if (source.kind === 'text')
    return [{ inlineData: { mimeType: 'text/plain', data: Buffer.from(source.text).toString('base64') } }]
  if (source.kind === 'url')
    return [{ fileData: written({ mimeType: mediaType ?? typeByEnding(source.url), fileUri: source.url }) }]
  return source.dialect === 'gemini'
    ? [{ fileData: written({ mimeType: mediaType, fileUri: source.id }) }]
    : []
}
