// Translates between the OpenAI chat dialect and the canonical form.

import type { Codec } from '../../canonical/index.ts'
import { ChatEncoder } from './response/encode.ts'
import { ChunkStream } from './response/encode-stream.ts'
import { WholeCompletion } from './response/encode-whole.ts'
import { decodeResponse } from './response/decode.ts'
import { decodeRequest } from './request/decode.ts'
import { encodeRequest } from './request/encode.ts'
import { decodeError, encodeError } from '../../wire/openai/errors.ts'
import { table } from './request/table.ts'

export const codec: Codec = {
  family: 'generate',
  dialect: 'openai-chat',
  table,
  // https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
  toolNames: { allowed: /^[\w-]+$/, longest: 64 },
  takesFreeText: ({ takesFreeText = false }) => takesFreeText,
  decodeRequest,
  encoder: ({ model, isStreaming, wantsUsage = false }, context) =>
    new ChatEncoder(context, model, isStreaming ? new ChunkStream(wantsUsage) : new WholeCompletion()),
  encodeRequest,
  decodeResponse,
  decodeError,
  encodeError,
}
