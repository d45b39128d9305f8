// Media as clients of both OpenAI dialects send them: by URL, in a `data:` URL, or as a recording.

import { GatewayError } from '../../../../contract/errors.ts'
import type { JsonDocument } from '../../../../kit/json-spans.ts'
import type { MediaBlock } from '../../canonical/index.ts'
import { neededString } from '../../../wire/field.ts'
import type { Fields } from '../../../wire/field.ts'

/** A `data:` URL (RFC 2397), or one that the provider fetches. @throws GatewayError `bad-request` */
export function sourceOf(url: string, path: string): Pick<MediaBlock, 'source' | 'mediaType'> {
  if (!/^data:/i.test(url)) return { source: { kind: 'url', url } }
  const comma = url.indexOf(',')
  const [mediaType = '', ...parameters] = url.slice(5, Math.max(5, comma)).split(';')
  if (comma < 0 || !parameters.includes('base64'))
    throw new GatewayError('bad-request', `"${path}" must be an http(s) URL or a data URL in base64`, {
      param: path,
    })
  return {
    source: { kind: 'data', base64: url.slice(comma + 1) },
    mediaType: mediaType === '' ? 'application/octet-stream' : mediaType,
  }
}

/** OpenAI determines the type of a file by its name's extension. */
export function fileNameOf({ name: given = '', mediaType, source }: MediaBlock): string {
  const name = given.trim() === '' ? 'document' : given
  const type = source.kind === 'text' ? 'text/plain' : mediaType
  const ending = type !== undefined && Object.hasOwn(endings, type) ? endings[type] : undefined
  return ending === undefined || /\.[A-Za-z0-9]{1,5}$/.test(name) ? name : `${name}.${ending}`
}

const endings: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/html': 'html',
  'text/csv': 'csv',
  'application/json': 'json',
  'application/xml': 'xml',
}

/** @param fields of `input_audio` */
export function recordingOf(document: JsonDocument, fields: Fields, path: string): MediaBlock {
  const format = neededString(document, fields, 'format', `${path}.format`)
  const base64 = neededString(document, fields, 'data', `${path}.data`)
  return {
    kind: 'media',
    media: 'audio',
    source: { kind: 'data', base64 },
    mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`,
  }
}
