// One part of a content. https://ai.google.dev/api/caching#Part

import { GatewayError } from '../../../../../contract/errors.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  AssistantTurn,
  MediaBlock,
  NativeBlock,
  TextBlock,
  ToolResultBlock,
} from '../../../canonical/index.ts'
import { jsonAt, neededString, optional, optionalBoolean, optionalString } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { googleList, innerGoogleFields } from '../google-fields.ts'
import { proofOf } from '../signatures.ts'
import type { CallIds } from './call-ids.ts'
import { blobOf, fileOf } from './media.ts'
import { decodeResult } from './decode-results.ts'

export type Block = AssistantTurn['blocks'][number] | ToolResultBlock

export interface Place {
  role: 'user' | 'model'
  ids: CallIds
  turn: number
  position: number
}

interface Part {
  fields: Fields
  span: JsonSpan
  path: string
}

/** @throws GatewayError `bad-request` */
export function decodePart(document: JsonDocument, part: Part, place: Place): Block[] {
  const { fields, path } = part
  const proof = optionalString(document, fields, 'thoughtSignature', `${path}.thoughtSignature`)
  const signature = omitUndefined({
    signature: proof === undefined || proof === '' ? undefined : proofOf(proof),
  })
  const text = optionalString(document, fields, 'text', `${path}.text`)
  const isThought = optionalBoolean(document, fields, 'thought', `${path}.thought`) ?? false
  // a client may have dropped the text of a thought and kept its signature
  if (text === undefined && isThought && fields.size <= 2)
    return signature.signature ? [{ kind: 'reasoning', ...signature }] : []
  if (text !== undefined) {
    if (isThought)
      return [{ kind: 'reasoning', ...(text === '' ? {} : { text, isSummary: true }), ...signature }]
    return text === '' && !signature.signature ? [] : [{ kind: 'text', text, ...signature }]
  }
  const call = innerGoogleFields(document, fields, 'functionCall', `${path}.functionCall`)
  if (call) return [callOf(document, call, `${path}.functionCall`, place, signature)]
  const result = innerGoogleFields(document, fields, 'functionResponse', `${path}.functionResponse`)
  if (result) return [decodeResult(document, result, `${path}.functionResponse`, place.ids)]
  return otherPart(document, part)
}

function callOf(
  document: JsonDocument,
  fields: Fields,
  path: string,
  { ids, turn, position }: Place,
  signature: Pick<TextBlock, 'signature'>,
): Block {
  const name = neededString(document, fields, 'name', `${path}.name`)
  const id = optionalString(document, fields, 'id', `${path}.id`)
  const args = optional(fields, 'args', 'object', `${path}.args`)
  return {
    kind: 'tool-call',
    id: ids.call(name, id === '' ? undefined : id, turn, position, path),
    name,
    tool: 'function',
    input: args ? sourceOf(document, args) : '{}',
    ...signature,
  }
}

function otherPart(document: JsonDocument, { fields, span, path }: Part): (MediaBlock | NativeBlock)[] {
  const blob = innerGoogleFields(document, fields, 'inlineData', `${path}.inlineData`)
  if (blob) return [blobOf(document, blob, `${path}.inlineData`)]
  const file = innerGoogleFields(document, fields, 'fileData', `${path}.fileData`)
  if (file) return [fileOf(document, file, `${path}.fileData`)]
  if (fields.size === 0)
    throw new GatewayError(
      'bad-request',
      `"${path}" is empty; it must hold text, inlineData or another kind of part`,
      { param: path },
    )
  // A part may have only a signature; only Google knows what it signs.
  return [{ kind: 'native', native: { dialect: 'gemini', value: jsonAt(document, span) } }]
}

/** The texts of a content that accepts only texts. @throws GatewayError `bad-request` */
export function textBlocks(document: JsonDocument, content: Fields, path: string): TextBlock[] {
  return googleList(document, content, 'parts', `${path}.parts`).flatMap(
    ({ fields, path: at }): TextBlock[] => {
      const text = neededString(document, fields, 'text', `${at}.text`)
      return text === '' ? [] : [{ kind: 'text', text }]
    },
  )
}

/** JSON in the client's spelling, so that numbers keep their digits. */
export function sourceOf({ bytes }: JsonDocument, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
