// OpenAI's embeddings to and from the canonical form.

import type { EmbedCodec } from '../../../canonical/embed/index.ts'
import { decodeError, encodeError } from '../../../wire/openai/errors.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeReply } from './encode-reply.ts'
import { encodeRequest } from './encode-request.ts'
import { table } from './table.ts'

export const codec: EmbedCodec = {
  family: 'embed',
  dialect: 'openai-embeddings',
  table,
  decodeRequest,
  encodeRequest,
  decodeReply,
  encodeReply,
  decodeError,
  encodeError,
}
