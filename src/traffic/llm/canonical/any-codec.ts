// A codec of whichever family of operations: one canonical form each.

import type { Codec } from './codec.ts'
import type { EmbedCodec } from './embed/index.ts'

export type AnyCodec = Codec | EmbedCodec
