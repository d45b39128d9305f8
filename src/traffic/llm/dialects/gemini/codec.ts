// Translates between Gemini generateContent and the canonical form.

import type { Codec } from '../../canonical/index.ts'
import { functionCallsOnly } from '../../canonical/index.ts'
import { createResponseEncoder } from './response/encode.ts'
import { decodeResponse } from './response/decode.ts'
import { decodeRequest } from './request/decode.ts'
import { encodeRequest } from './request/encode.ts'
import { table } from './request/table.ts'
import { decodeError, encodeError } from './errors.ts'

export const codec: Codec = {
  family: 'generate',
  dialect: 'gemini',
  table,
  // https://ai.google.dev/api/caching#FunctionDeclaration: 128 characters now, and 64 at older endpoints
  toolNames: { allowed: /^[a-z_][\w.:-]*$/i, longest: 64 },
  decodeRequest,
  encoder: (seed, context) => functionCallsOnly(createResponseEncoder(context, seed)),
  encodeRequest,
  decodeResponse,
  decodeError,
  encodeError,
}
