// The canonical form of text generation: M + N codecs instead of M × N translations.

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
export type { AnyCodec } from './any-codec.ts'
export { EventData } from './event-data.ts'
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
  ReasoningWish,
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
export { omitUndefined } from './omit-undefined.ts'
export { tokensPerMedia, typicalBodyTokens, typicalEmbedTokens, typicalTextTokens } from './typical-tokens.ts'
