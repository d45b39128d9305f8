// Media as a part: bytes inside of the request, or a file that Google has or fetches.

import { written } from '../../../canonical/index.ts'
import type { JsonObject, MediaBlock } from '../../../canonical/index.ts'
import { typeByEnding } from './decode-media.ts'

export function mediaPart({ source, mediaType }: MediaBlock): JsonObject[] {
  switch (source.kind) {
    case 'data':
      return [{ inlineData: { mimeType: mediaType ?? 'application/octet-stream', data: source.base64 } }]
    case 'text':
      return [{ inlineData: { mimeType: 'text/plain', data: Buffer.from(source.text).toString('base64') } }]
    case 'url':
      return [{ fileData: written({ mimeType: mediaType ?? typeByEnding(source.url), fileUri: source.url }) }]
    case 'id':
      return source.dialect === 'gemini' ? [{ fileData: written({ mimeType: mediaType, fileUri: source.id }) }] : []
  }
}
