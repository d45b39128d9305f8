// Content as the gate sees it: pieces of text on channels, never a vendor's message format.

/** The kind of a piece, for guards and policies that look at some kinds only. */
export type PieceKind =
  | 'instruction'
  | 'text'
  | 'reasoning'
  | 'refusal'
  | 'tool-definition'
  | 'tool-arguments'
  | 'tool-result'

export interface Piece {
  /**
   * Stable within one operation. The pieces of one channel form one text, in order (`messages/3/content/0`,
   * `choice/0/text`, `choice/0/tool/1`).
   */
  channel: string
  kind: PieceKind
  /** The decoded text as a person or model reads it, with JSON string escapes resolved. */
  text: string
  /**
   * A delta continues its channel. A whole is complete by itself, or repeats earlier deltas (Responses'
   * `.done`).
   */
  form: 'delta' | 'whole'
  /**
   * `json-text`: the text is itself JSON source in fragments (tool arguments); a replacement must be escaped
   * as inside a JSON string.
   */
  escaping: 'none' | 'json-text'
  /**
   * Set for ids, tool names and other values that must not be changed. Guards read them, and a finding
   * refuses the call. Returns the path of the field that contains the character at `at`.
   */
  fieldAt?: (at: number) => string
  /** On responses only: the channel is complete after this piece, so nothing may be held back any longer. */
  isLast?: boolean
}

/** Something in the request that is not text and that guards cannot read. */
export interface Media {
  kind: 'image' | 'audio' | 'file' | 'video'
  /** `remote`: the provider will fetch a URL; its size is unknown to us. */
  source: 'inline' | 'remote' | 'stored'
  bytes?: number
  /** The path of its field, for refusals. */
  param?: string
}

/** Replace characters [start, end) of the piece's decoded text. Edits of one piece do not overlap. */
export interface Edit {
  channel: string
  start: number
  end: number
  replacement: string
}

/** A match of a guard. Contains positions, never the text itself. */
export interface Finding {
  guard: string
  /**
   * `pii/email`, `pattern/internal-host`. A policy asks for it, or for a prefix that ends at a slash:
   * `content.has("pii")`.
   */
  label: string
  channel: string
  start: number
  end: number
}

export interface Content {
  readonly pieces: readonly Piece[]
  readonly media: readonly Media[]
  /** Text in a form that only the model can read. A guard that fails closed refuses it. */
  readonly unreadable?: Unreadable
}

export interface Unreadable {
  /** In the dialect's own path notation: `input`. */
  param: string
  /** Description of the content, for the refusal: `token ids`. */
  what: string
}
