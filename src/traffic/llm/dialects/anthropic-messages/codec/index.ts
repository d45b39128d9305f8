// The Anthropic Messages dialect to and from the canonical form.

import type { Codec } from '../../../canonical/index.ts'
import { functionCallsOnly } from '../../../canonical/index.ts'
import { streamEncoder } from './encode-stream.ts'
import { wholeEncoder } from './encode-whole.ts'
import { decodeReply } from './decode-reply.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError } from './error.ts'
import { table } from './table.ts'

export const codec: Codec = {
  family: 'generate',
  dialect: 'anthropic-messages',
  table,
  // https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use
  toolNames: { allowed: /^[\w-]+$/, longest: 128 },
  decodeRequest,
  encoder: (seed, context) =>
    functionCallsOnly(seed.isStreaming ? streamEncoder(context, seed) : wholeEncoder(context, seed.model)),
  encodeRequest,
  decodeReply,
  decodeError,
  encodeError,
}
