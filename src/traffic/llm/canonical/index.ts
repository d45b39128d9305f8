// The canonical form of text generation: M + N codecs instead of M × N translations.

import type { Codec } from './codec.ts'
import type { EmbedCodec } from './embed/codec.ts'

/** A codec of any family of operations. Each family has one canonical form. */
export type AnyCodec = Codec | EmbedCodec

export type {
  Codec,
  DecodeContext,
  DecodedRequest,
  EncodeContext,
  EncodedRequest,
  EventDecoder,
  IncomingCall,
  ResponseContext,
  ResponseEncoder,
  ResponseReader,
  ResponseSeed,
} from './codec.ts'
export { EventData } from './codec.ts'
export { functionCallsOnly } from './function-calls.ts'
export { budgetOf, effortOf } from './reasoning.ts'
export type { ProviderError, ResponseEvent, ResponseStart, TokenLogprob } from './response.ts'
export type {
  AssistantTurn,
  CacheMark,
  Citation,
  GenerateRequest,
  InstructionTurn,
  MediaBlock,
  MediaSource,
  Native,
  NativeBlock,
  OutputFormat,
  ReasoningBlock,
  ReasoningSettings,
  RefusalBlock,
  Sampling,
  TextBlock,
  Tool,
  ToolCallBlock,
  ToolChoice,
  ToolResultBlock,
  ToolTurn,
  Turn,
  UserTurn,
} from './request.ts'
export { createResponseReader } from './response-reader.ts'
export { omitUndefined } from '../../../kit/json.ts'
export { typicalBodyTokens, typicalEmbedTokens, typicalTextTokens } from './typical-tokens.ts'
