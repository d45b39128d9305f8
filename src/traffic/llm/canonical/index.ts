// The canonical form of text generation: M + N codecs instead of M × N translations.

export type {
  Codec,
  DecodeContext,
  DecodedRequest,
  EncodeContext,
  EncodedRequest,
  EventDecoder,
  IncomingCall,
  ReplyContext,
  ReplyEncoder,
  ReplyReader,
  ReplySeed,
} from './codec.ts'
export type { AnyCodec } from './any-codec.ts'
export { EventData } from './event-data.ts'
export { functionCallsOnly } from './function-calls.ts'
export { budgetOf, effortOf } from './reasoning.ts'
export type { ProviderError, ReplyEvent, ReplyStart, TokenLogprob } from './reply.ts'
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
export { replyReader } from './reply-reader.ts'
export { told } from './told.ts'
