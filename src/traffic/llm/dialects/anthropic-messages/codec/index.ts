// The Anthropic Messages dialect to and from the canonical form.

import type { Codec } from '../../../canonical/index.ts'
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
  encodeRequest,
  decodeReply,
  decodeError,
  encodeError,
}
