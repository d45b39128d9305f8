// The OpenAI chat dialect and the canonical form, both ways.

import type { Codec } from '../../canonical/index.ts'
import { streamEncoder } from './response/encode-stream.ts'
import { wholeEncoder } from './response/encode.ts'
import { decodeReply } from './response/decode.ts'
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
    isStreaming ? streamEncoder(context, model, wantsUsage) : wholeEncoder(context, model),
  encodeRequest,
  decodeReply,
  decodeError,
  encodeError,
}
