// Translates between the OpenAI Responses dialect and the canonical form.

import type { Codec } from '../../canonical/index.ts'
import { ResponsesEncoder } from './response/encode.ts'
import { decodeResponse } from './response/decode.ts'
import { decodeRequest } from './request/decode.ts'
import { encodeRequest } from './request/encode.ts'
import { decodeError, encodeError } from '../../wire/openai/errors.ts'
import { table } from './request/table.ts'

export const codec: Codec = {
  family: 'generate',
  dialect: 'openai-responses',
  table,
  // https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
  toolNames: { allowed: /^[\w-]+$/, longest: 64 },
  takesFreeText: () => true,
  decodeRequest,
  encoder: (seed, context) => new ResponsesEncoder(context, seed),
  encodeRequest,
  decodeResponse,
  decodeError,
  hasFailureFinish: true,
  encodeError,
}
