// Decodes a client's request into canonical form. The model is in the path. Contents: decode-turns.ts;
// settings: decode-config.ts; tools: decode-tools.ts.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  DecodedRequest,
  GenerateRequest,
  IncomingCall,
  InstructionTurn,
} from '../../../canonical/index.ts'
import { decodeSettings } from '../../../fields/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { scanBody } from '../../../../wire/body.ts'
import { jsonAt, optional } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { addressOf } from '../address.ts'
import { camelCased, googleFields } from '../google-fields.ts'
import { decodeConfig } from './decode-config.ts'
import { decodeContents } from './decode-turns.ts'
import { textBlocks } from './decode-blocks.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { table } from './table.ts'

/** The view has checked the depth. Edits do not add any. */
const maxDepth = 10_000

export function decodeRequest({ path, body, isStreaming }: IncomingCall, notes: LossNotes): DecodedRequest {
  const document = scanBody(typeof body === 'string' ? Buffer.from(body) : body, { maxDepth })
  const fields = camelCased(document.members, '')
  dropOwnFields(jsonAt(document, document.root), table, notes)
  const { model, method } = addressOf(path.replace(/\?.*$/, ''))
  if (method === 'countTokens')
    throw new GatewayError(
      'unsupported',
      'Only targets of this dialect can count the tokens of this request.',
    )
  const request: GenerateRequest = {
    model,
    isStreaming,
    system: systemOf(document, fields),
    turns: decodeContents(document, fields),
    ...omitUndefined({
      tools: decodeTools(document, fields),
      toolChoice: decodeToolChoice(document, fields, notes),
    }),
    ...decodeSettings(table.rows, document, fields, googleFields),
    ...decodeConfig(document, fields),
  }
  return { request, responseSeed: { model, isStreaming } }
}

function systemOf(document: JsonDocument, fields: Fields): InstructionTurn[] {
  const span = optional(fields, 'systemInstruction', 'object')
  if (!span) return []
  const blocks = textBlocks(document, googleFields(document, span, 'systemInstruction'), 'systemInstruction')
  return blocks.length === 0 ? [] : [{ role: 'system', blocks }]
}
