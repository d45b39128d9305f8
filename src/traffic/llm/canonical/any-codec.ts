// A codec of any family of operations. Each family has one canonical form.

import type { Codec } from './codec.ts'
import type { EmbedCodec } from './embed/index.ts'

export type AnyCodec = Codec | EmbedCodec
