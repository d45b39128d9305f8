// Media as a part: bytes inside of the request, or a file that Google has or fetches.

import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { MediaBlock } from '../../../canonical/index.ts'
import { typeByEnding } from './decode-media.ts'

export function mediaPart({ source, mediaType }: MediaBlock): JsonObject[] {
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
