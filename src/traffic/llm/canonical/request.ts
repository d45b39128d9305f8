// What is asked of a model, in no vendor's words: the one form that all dialects of text generation are
// decoded into and encoded from.
//
// Rules. Absent means "not told"; empty, zero and false are values. Numbers are finite. Nothing here is
// shared with the caller's bytes. What has no neutral meaning travels as `Native` and goes back to its own
// dialect only. Order is meaning: turns, blocks and tools stay in it. A decoder gives the normal form:
// `system` holds the instructions that come before any other turn; neighboring tool results are one `tool`
// turn; turns without blocks are left out, but for the user's: the last one says who spoke last; texts that
// the wire writes as one string are one block.

import type { Dialect } from '../dialect.ts'
import type { Json } from '../../../kit/json.ts'

export interface GenerateRequest {
  /** The target's own name of the model: the operation has written it before the request is translated. */
  model: string
  /** Does the client want the answer piece by piece? The upstream is asked for the same. */
  isStreaming: boolean
  /** Instructions before the conversation, in order. */
  system: readonly InstructionTurn[]
  turns: readonly Turn[]
  tools?: readonly Tool[]
  toolChoice?: ToolChoice
  /** May the model call several tools in one answer? */
  parallelToolCalls?: boolean
  output?: OutputFormat
  sampling?: Sampling
  /** Most output of one answer, tokens, reasoning included. A budget's cap is already in it. */
  maxOutputTokens?: number
  /** Texts that end the answer and are not part of it. */
  stop?: readonly string[]
  reasoning?: ReasoningWish
  /** How wordy the answer should be. */
  verbosity?: 'low' | 'medium' | 'high'
  /** How many answers; absent: one. */
  count?: number
  /** Log-probabilities of the answer's tokens, with so many alternatives each (0: only the chosen token). */
  logprobs?: { top: number }
  /** What the answer may consist of; absent: text. */
  modalities?: readonly ('text' | 'audio' | 'image')[]
  /** How spoken output should sound. */
  speech?: { voice: string; format?: string }
  /** `auto`, `default`, `flex`, `priority`, or a vendor's own word. */
  serviceTier?: string
  /** The caller's end user, an opaque id. */
  user?: string
  /** Kept by the vendor beside the call. */
  metadata?: Readonly<Record<string, string>>
  /** Groups calls that share a prefix, for the vendor's cache. */
  cacheKey?: string
  /** Marks the whole prompt as cacheable, wherever the dialect thinks best. */
  cache?: CacheMark
  /** Should the vendor keep the answer for its own products? */
  store?: boolean
}

/**
 * Instructions of the operator (`system`) or of the application's author (`developer`, which some dialects
 * rank below).
 */
export interface InstructionTurn {
  role: 'system' | 'developer'
  blocks: readonly TextBlock[]
  /** Name of the participant. */
  name?: string
}

export interface UserTurn {
  role: 'user'
  blocks: readonly (TextBlock | MediaBlock | NativeBlock)[]
  name?: string
}

/** What the model said. As the last turn it is a prefill: the model goes on from there. */
export interface AssistantTurn {
  role: 'assistant'
  blocks: readonly (TextBlock | ReasoningBlock | RefusalBlock | ToolCallBlock | MediaBlock | NativeBlock)[]
  name?: string
}

/**
 * Results of tool calls of the assistant turn before, in any order. Comes before a user turn that follows.
 */
export interface ToolTurn {
  role: 'tool'
  blocks: readonly ToolResultBlock[]
}

/** Instructions may stand in the middle too. */
export type Turn = InstructionTurn | UserTurn | AssistantTurn | ToolTurn

export interface TextBlock {
  kind: 'text'
  text: string
  cache?: CacheMark
  citations?: readonly Citation[]
  /**
   * Proof of a vendor that it wrote this (Gemini's thoughtSignature). Goes back to its dialect unchanged,
   * elsewhere it is lost.
   */
  signature?: Native
}

export interface MediaBlock {
  kind: 'media'
  /** `file`: a document (PDF, text, spreadsheet …). */
  media: 'image' | 'audio' | 'video' | 'file'
  source: MediaSource
  /** `application/pdf`, `image/png`, `audio/wav`; absent: not told (a URL, an id). */
  mediaType?: string
  /** File name or document title. */
  name?: string
  /** What the document is about, said beside it. */
  context?: string
  /** How closely an image is looked at, the vendor's word: `low`, `high`, `auto`. */
  detail?: string
  /** May the answer cite this document? */
  isCitable?: boolean
  cache?: CacheMark
}

export type MediaSource =
  /**
   * Base64 as the client sent it, without line breaks or `data:` prefix. `mediaType` of the block is told.
   */
  | { kind: 'data'; base64: string }
  /** The vendor fetches it. Never a `data:` URL. */
  | { kind: 'url'; url: string }
  /** A document given as plain text. */
  | { kind: 'text'; text: string }
  /** Uploaded before, at a vendor of this dialect: pins the route. */
  | { kind: 'id'; dialect: Dialect; id: string }

export interface ToolCallBlock {
  kind: 'tool-call'
  /**
   * Ties the result to the call. Where a dialect has none the decoder makes one (`call_<turn>_<position>`),
   * unique within the request.
   */
  id: string
  name: string
  /**
   * `function`: `input` is JSON text, whatever it says (a model may have written nonsense). `custom`: `input`
   * is free text.
   */
  tool: 'function' | 'custom'
  input: string
  cache?: CacheMark
  signature?: Native
}

export interface ToolResultBlock {
  kind: 'tool-result'
  callId: string
  /** Name of the tool, where the dialect says it or a call of that id stands before. */
  name?: string
  blocks: readonly (TextBlock | MediaBlock | NativeBlock)[]
  /** Did the tool fail? Absent: not told. */
  isError?: boolean
  cache?: CacheMark
}

/**
 * What the model thought. Text and proof belong together: an encoder leaves out the whole block when the
 * signature is of another dialect, or missing where its own dialect needs one (`unsigned-reasoning` is not
 * carried). `dropUncarried` has named the loss.
 */
export interface ReasoningBlock {
  kind: 'reasoning'
  /** Absent: redacted or encrypted, only `signature` says what it was. */
  text?: string
  /** Is the text a summary made for people? */
  isSummary?: boolean
  /** Signature, encrypted content, or the whole redacted block in its dialect's own shape. */
  signature?: Native
}

export interface RefusalBlock {
  kind: 'refusal'
  text: string
}

/**
 * A block without neutral form (a server tool's call or result, a search page): goes back to its own dialect,
 * pins the route.
 */
export interface NativeBlock {
  kind: 'native'
  native: Native
}

/** JSON of one dialect, as that dialect wrote it. */
export interface Native {
  dialect: Dialect
  value: Json
}

/** The prompt up to and including this may be cached. Absent `ttl`: the vendor's usual. */
export interface CacheMark {
  ttl?: '5m' | '1h'
}

export interface Citation {
  /** Absent: a kind without neutral form; then `native` says it. */
  source?: { kind: 'url'; url: string } | { kind: 'document'; index?: number; id?: string }
  title?: string
  /** The words that are cited, out of the source. */
  quote?: string
  /** Where in the source: characters, 1-based pages, or content blocks, [start, end). */
  place?: { unit: 'character' | 'page' | 'block'; start: number; end: number }
  /**
   * Which characters of the answer's text block it proves, [start, end) in UTF-16 units. Absent: the block as
   * a whole.
   */
  span?: { start: number; end: number }
  /** The whole citation in its own dialect, which gets it back unchanged. */
  native?: Native
}

export type Tool =
  | {
      kind: 'function'
      name: string
      description?: string
      /** JSON Schema of the arguments, as the client wrote it. Absent: no arguments. */
      parameters?: Json
      /**
       * Must the arguments follow the schema exactly? `possible`: yes, where the vendor can hold them to this
       * schema. Absent: not told.
       */
      isStrict?: boolean | 'possible'
      cache?: CacheMark
    }
  | {
      kind: 'custom'
      name: string
      description?: string
      /** Absent: free text. */
      grammar?: { syntax: 'lark' | 'regex'; definition: string }
      cache?: CacheMark
    }
  /** Run by the vendor (web search, code): only for its own dialect. */
  | { kind: 'native'; name: string; native: Native }

export type ToolChoice =
  | { kind: 'auto' | 'none' | 'required' }
  | { kind: 'tool'; name: string }
  /** Only some of the tools; `isRequired`: at least one of them. */
  | { kind: 'allowed'; names: readonly string[]; isRequired: boolean }

export type OutputFormat =
  | { kind: 'text' }
  /** Valid JSON of any shape. */
  | { kind: 'json' }
  /**
   * `isStrict`: is the model held to it? `possible`: yes, where the schema is one that the vendor can hold it
   * to. Absent: not told.
   */
  | { kind: 'schema'; schema: Json; name?: string; description?: string; isStrict?: boolean | 'possible' }

export interface Sampling {
  temperature?: number
  topP?: number
  topK?: number
  minP?: number
  frequencyPenalty?: number
  presencePenalty?: number
  seed?: number
  /** Token id (the vendor's) → −100 … 100. */
  logitBias?: Readonly<Record<string, number>>
}

export interface ReasoningWish {
  /** `none`: don't reason. Absent with `budgetTokens`: that is the wish. */
  effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'
  /** Tokens; 0: don't reason; `dynamic`: as the model likes. */
  budgetTokens?: number | 'dynamic'
  /**
   * Should reasoning be shown: as a summary of this kind, not at all (`none`), or as the vendor likes
   * (`auto`)?
   */
  summary?: 'auto' | 'concise' | 'detailed' | 'none'
}
