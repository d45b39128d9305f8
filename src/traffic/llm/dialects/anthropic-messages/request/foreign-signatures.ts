// Removes thinking of other vendors' models from a conversation that continues at Anthropic. Anthropic would
// refuse the call, because it cannot verify another vendor's signature.

import type { Loss } from '../../../../../contract/response.ts'
import { elements } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import type { Splice } from '../../../../../kit/splice.ts'
import { objectFields, optionalString } from '../../../../wire/field.ts'
import { overwrite } from '../../../../wire/member.ts'
import { openProof, sealMark } from '../../../wire/sealed-proof.ts'

/** Removes such blocks, and messages without other blocks. Every other byte stays. */
export function withoutForeignProofs(document: JsonDocument): { splices: Splice[]; losses: Loss[] } {
  const messages = document.members.get('messages')
  if (messages?.kind !== 'array' || !document.latin1.includes(`"${sealMark}`))
    return { splices: [], losses: [] }
  const all = elements(document, messages)
  const kept = all.flatMap((span, index) => readable(document, span, `messages[${index}]`) ?? [])
  if (kept.length === all.length && kept.every((text) => typeof text !== 'string'))
    return { splices: [], losses: [] }
  const written = kept.map((message) => (typeof message === 'string' ? message : textAt(document, message)))
  return {
    splices: [overwrite(messages, `[${written.join(',')}]`)],
    losses: [{ field: 'messages[].content[].signature', side: 'request' }],
  }
}

/** The message without such blocks, unchanged if it has none. Undefined if nothing is left. */
function readable(document: JsonDocument, message: JsonSpan, path: string): JsonSpan | string | undefined {
  const content = objectFields(document, message, path).get('content')
  if (content?.kind !== 'array') return message
  const all = elements(document, content)
  const kept = all.filter((block, index) => !isForeign(document, block, `${path}.content[${index}]`))
  if (kept.length === all.length) return message
  if (kept.length === 0) return undefined
  const inside = kept.map((block) => textAt(document, block)).join(',')
  return `${textAt(document, { start: message.start, end: content.start })}[${inside}]${textAt(document, { start: content.end, end: message.end })}`
}

function isForeign(document: JsonDocument, block: JsonSpan, path: string): boolean {
  if (block.kind !== 'object') return false
  const fields = objectFields(document, block, path)
  if (optionalString(document, fields, 'type', `${path}.type`) !== 'thinking') return false
  const proof = openProof(optionalString(document, fields, 'signature', `${path}.signature`) ?? '')
  return proof !== undefined && proof.dialect !== 'anthropic-messages'
}

const textAt = ({ bytes }: JsonDocument, { start, end }: { start: number; end: number }) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
