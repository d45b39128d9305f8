// Translates between the Anthropic Messages dialect and the canonical form.

import type { Codec } from '../../canonical/index.ts'
import { functionCallsOnly } from '../../canonical/index.ts'
import { MessageEncoder } from './response/encode.ts'
import { MessageStream } from './response/encode-stream.ts'
import { WholeMessage } from './response/encode-whole.ts'
import { decodeResponse } from './response/decode.ts'
import { decodeRequest } from './request/decode.ts'
import { encodeRequest } from './request/encode.ts'
import { table } from './request/table.ts'
import { decodeError, encodeError } from './errors.ts'

export const codec: Codec = {
  family: 'generate',
  dialect: 'anthropic-messages',
  table,
  // https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use
  toolNames: { allowed: /^[\w-]+$/, longest: 128 },
  decodeRequest,
  encoder: (seed, context) =>
    functionCallsOnly(
      new MessageEncoder(context, seed, seed.isStreaming ? new MessageStream() : new WholeMessage()),
    ),
  encodeRequest,
  decodeResponse,
  decodeError,
  encodeError,
}
