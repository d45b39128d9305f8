// Translates between OpenAI's embeddings and the canonical form.

import type { EmbedCodec } from '../../canonical/embed/index.ts'
import { decodeError, encodeError } from '../../wire/openai/errors.ts'
import { decodeResponse, encodeResponse } from './response/codec.ts'
import { decodeRequest } from './request/decode.ts'
import { encodeRequest } from './request/encode.ts'
import { table } from './request/table.ts'

export const codec: EmbedCodec = {
  family: 'embed',
  dialect: 'openai-embeddings',
  table,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError,
  encodeError,
}
