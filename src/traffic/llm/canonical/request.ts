// A request for text generation in the canonical form, which belongs to no vendor. All dialects of text
// generation are decoded into it and encoded from it. Settings with one value are defined in settings.ts.
//
// Rules:
// - An absent member was not set; empty, zero and false are values. Numbers are finite.
// - Nothing here shares memory with the caller's bytes.
// - Data without a neutral form travels as `Native` and goes back to its own dialect only.
// - The order of turns, blocks and tools has a meaning and is kept.
//
// A decoder gives the normal form:
// - `system` holds the instructions before the first other turn.
// - Neighboring tool results are one `tool` turn.
// - Turns without blocks are left out. A user turn without blocks stays: the last turn shows whose turn it
//   was.
// - A text that the wire writes as one string is one block.

import type { Dialect } from '../dialect.ts'
import type { Json } from '../../../kit/json.ts'
import type { SettingsIn, TopSettings } from './settings.ts'

export interface GenerateRequest extends TopSettings {
  /** The target's own name of the model: the operation has written it before the request is translated. */
  model: string
  /** Does the client request a stream? The upstream request has the same form. */
  isStreaming: boolean
  /** Instructions before the conversation, in order. */
  system: readonly InstructionTurn[]
  turns: readonly Turn[]
  tools?: readonly Tool[]
  toolChoice?: ToolChoice
  output?: OutputFormat
  sampling?: Sampling
  reasoning?: ReasoningSettings
  /** The kinds of output that the response may contain. Absent means text. */
  modalities?: readonly ('text' | 'audio' | 'image')[]
  /** How spoken output should sound. */
  speech?: { voice: string; format?: string }
  /** Marks the whole prompt as cacheable. The dialect chooses the positions. */
  cache?: CacheMark
}

export type Sampling = SettingsIn<'sampling'>
export type ReasoningSettings = SettingsIn<'reasoning'>

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

/** Output of the model. As the last turn it is a prefill: the model continues it. */
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

/** Instructions may also come in the middle. */
export type Turn = InstructionTurn | UserTurn | AssistantTurn | ToolTurn

export interface TextBlock {
  kind: 'text'
  text: string
  cache?: CacheMark
  citations?: readonly Citation[]
  /**
   * A vendor's proof that its model wrote this (Gemini's thoughtSignature). It goes back to its dialect
   * unchanged. Other dialects lose it.
   */
  signature?: Native
}

export interface MediaBlock {
  kind: 'media'
  /** `file`: a document (PDF, text, spreadsheet …). */
  media: 'image' | 'audio' | 'video' | 'file'
  source: MediaSource
  /** `application/pdf`, `image/png`, `audio/wav`. Absent means unknown (a URL, an id). */
  mediaType?: string
  /** File name or document title. */
  name?: string
  /** A description of the document, apart from its content. */
  context?: string
  /** How closely the model looks at an image, in the vendor's word: `low`, `high`, `auto`. */
  detail?: string
  /** May the response cite this document? */
  isCitable?: boolean
  cache?: CacheMark
}

export type MediaSource =
  /**
   * Base64 as the client sent it, without line breaks or `data:` prefix. The block has a `mediaType`.
   */
  | { kind: 'data'; base64: string }
  /** The vendor fetches it. Never a `data:` URL. */
  | { kind: 'url'; url: string }
  /** A document given as plain text. */
  | { kind: 'text'; text: string }
  /** Uploaded earlier to a vendor of this dialect. It pins the route. */
  | { kind: 'id'; dialect: Dialect; id: string }

export interface ToolCallBlock {
  kind: 'tool-call'
  /**
   * Ties the result to the call. If a dialect has none, the decoder creates one (`call_<turn>_<position>`),
   * unique within the request.
   */
  id: string
  name: string
  /**
   * `function`: `input` is JSON text, valid or not (a model may write invalid JSON). `custom`: `input` is
   * free text.
   */
  tool: 'function' | 'custom'
  input: string
  cache?: CacheMark
  signature?: Native
}

export interface ToolResultBlock {
  kind: 'tool-result'
  callId: string
  /** Name of the tool, if the dialect has it in the result or an earlier call has the same id. */
  name?: string
  blocks: readonly (TextBlock | MediaBlock | NativeBlock)[]
  /** Did the tool fail? Absent means unknown. */
  isError?: boolean
  cache?: CacheMark
}

/**
 * Reasoning of the model. Text and signature belong together: an encoder leaves out the whole block when the
 * signature is of another dialect, or missing where its own dialect needs one (`unsigned-reasoning` is not
 * carried). `dropUncarried` has named the loss.
 */
export interface ReasoningBlock {
  kind: 'reasoning'
  /** Absent means redacted or encrypted. Then only `signature` has the content. */
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
 * A block without a neutral form (a server tool's call or result, a search page). It goes back to its own
 * dialect and pins the route.
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

/** The prompt up to and including this may be cached. Absent `ttl` means the vendor's default. */
export interface CacheMark {
  ttl?: '5m' | '1h'
}

export interface Citation {
  /** Absent means a kind without a neutral form. Then `native` holds it. */
  source?: { kind: 'url'; url: string } | { kind: 'document'; index?: number; id?: string }
  title?: string
  /** The cited passage of the source. */
  quote?: string
  /** Position in the source: characters, 1-based pages, or content blocks, [start, end). */
  place?: { unit: 'character' | 'page' | 'block'; start: number; end: number }
  /**
   * The characters of the response's text block that it supports, [start, end) in UTF-16 units. Absent means
   * the whole block.
   */
  span?: { start: number; end: number }
  /** The whole citation in its own dialect, to which it goes back unchanged. */
  native?: Native
}

export type Tool =
  | {
      kind: 'function'
      name: string
      description?: string
      /** JSON Schema of the arguments, as the client wrote it. Absent means no arguments. */
      parameters?: Json
      /**
       * Must the arguments follow the schema exactly? `possible`: yes, if the vendor can enforce this schema.
       * Absent means not set.
       */
      isStrict?: boolean | 'possible'
      cache?: CacheMark
    }
  | {
      kind: 'custom'
      name: string
      description?: string
      /** Absent means free text. */
      grammar?: { syntax: 'lark' | 'regex'; definition: string }
      cache?: CacheMark
    }
  /** Run by the vendor (web search, code). Only its own dialect supports it. */
  | { kind: 'native'; name: string; native: Native }

export type ToolChoice =
  | { kind: 'auto' | 'none' | 'required' }
  | { kind: 'tool'; name: string }
  /** Only some of the tools. `isRequired` means at least one of them. */
  | { kind: 'allowed'; names: readonly string[]; isRequired: boolean }

export type OutputFormat =
  | { kind: 'text' }
  /** Valid JSON of any shape. */
  | { kind: 'json' }
  /**
   * `isStrict`: must the output follow the schema exactly? `possible`: yes, if the vendor can enforce this
   * schema. Absent means not set.
   */
  | { kind: 'schema'; schema: Json; name?: string; description?: string; isStrict?: boolean | 'possible' }
