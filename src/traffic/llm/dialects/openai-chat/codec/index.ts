// The OpenAI chat dialect and the canonical form, both ways.

import type { Codec } from '../../../canonical/index.ts'
import { streamEncoder } from './encode-stream.ts'
import { wholeEncoder } from './encode-whole.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError } from '../../../wire/openai/errors.ts'
import { table } from './table.ts'

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
