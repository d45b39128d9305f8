// Normalizes media types to the spelling of vendors, and refuses types that the vendor does not take. If the
// client gave no type, it is detected from the first bytes.

import type { GenerateRequest, MediaBlock, ToolResultBlock, Turn } from '../canonical/request.ts'
import type { LossNotes } from '../losses/index.ts'

type Block = Turn['blocks'][number] | ToolResultBlock['blocks'][number]

/** @throws GatewayError `unsupported` for types that the vendor does not take */
export function fitMedia(request: GenerateRequest, notes: LossNotes): GenerateRequest {
  if (!request.turns.some(({ blocks }) => blocks.some(hasMedia))) return request
  const { 'image-detail': details } = notes.limits

  const fit = <Of extends Block>(block: Of): Of => {
    if (block.kind === 'tool-result') return { ...block, blocks: block.blocks.map(fit) }
    return block.kind === 'media' ? { ...block, ...fitted(block) } : block
  }

  function fitted(block: MediaBlock): MediaBlock {
    const { detail, ...plain } = typed(block)
    requireType(plain, notes)
    requireAddress(plain, notes)
    if (detail === undefined) return plain
    if (!details || details.words.includes(detail)) return { ...plain, detail }
    notes.drop('image-detail')
    return plain
  }

  return { ...request, turns: request.turns.map((turn) => withBlocks(turn, fit)) }
}

const hasMedia = (block: Block): boolean =>
  block.kind === 'tool-result' ? block.blocks.some(hasMedia) : block.kind === 'media'

function withBlocks<Turned extends Turn>(turn: Turned, fit: <Of extends Block>(block: Of) => Of): Turned {
  return { ...turn, blocks: turn.blocks.map(fit) }
}

function requireType({ media, mediaType, source }: MediaBlock, notes: LossNotes): void {
  const limit = notes.limits[media]
  if (!limit || mediaType === undefined || source.kind === 'text' || source.kind === 'id') return
  const [kind] = mediaType.split('/', 1)
  if (!limit.types.includes(mediaType) && !limit.types.includes(`${kind}/*`))
    notes.drop(media, `${mediaType} is not among ${limit.types.join(', ')}`)
}

function requireAddress({ media, source }: MediaBlock, notes: LossNotes): void {
  const field = media === 'image' ? 'image-url' : 'file-url'
  const limit = notes.limits[field]
  if (!limit || source.kind !== 'url') return
  const scheme = source.url.split(':', 1)[0]?.toLowerCase() ?? ''
  if (!limit.schemes.includes(scheme)) notes.drop(field, `only ${limit.schemes.join(' and ')} is fetched`)
}

/** The type in lower case, without parameters, by its usual name. */
function typed(block: MediaBlock): MediaBlock {
  const { mediaType, source } = block
  const given = mediaType?.split(';', 1)[0]?.trim().toLowerCase()
  const isTold = given !== undefined && given !== '' && given !== 'application/octet-stream'
  const found = isTold ? given : source.kind === 'data' ? typeOfBytes(source.base64) : undefined
  const type = found === undefined ? given : Object.hasOwn(usual, found) ? usual[found] : found
  return type === undefined || type === mediaType ? block : { ...block, mediaType: type }
}

const usual: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/mpga': 'audio/mpeg',
  'audio/x-mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-aac': 'audio/aac',
  'audio/x-flac': 'audio/flac',
  'audio/x-m4a': 'audio/m4a',
  'audio/x-aiff': 'audio/aiff',
  'audio/pcm16': 'audio/pcm',
  'audio/l16': 'audio/pcm',
  'video/quicktime': 'video/mov',
  'video/x-msvideo': 'video/avi',
  'video/x-ms-wmv': 'video/wmv',
  'video/flv': 'video/x-flv',
  'video/mpegps': 'video/mpeg',
  'application/x-pdf': 'application/pdf',
}

/** The first bytes of file types, in base64. */
const beginnings: readonly (readonly [start: string, type: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['JVBERi', 'application/pdf'],
]

function typeOfBytes(base64: string): string | undefined {
  if (
    base64.startsWith('UklGR') &&
    Buffer.from(base64.slice(0, 16), 'base64').toString('latin1', 8, 12) === 'WEBP'
  )
    return 'image/webp'
  return beginnings.find(([start]) => base64.startsWith(start))?.[1]
}
