// Content as the gate sees it: pieces of text on channels, never a vendor's message format.

/** What a piece is, for guards and policies that look at some kinds only. */
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
   * Stable within one operation; pieces of one channel belong together in order (`messages/3/content/0`,
   * `choice/0/text`, `choice/0/tool/1`).
   */
  channel: string
  kind: PieceKind
  /** The decoded text: what a person or model would read, JSON string escapes resolved. */
  text: string
  /**
   * A delta continues its channel; a whole stands alone, or repeats what deltas said (Responses' `.done`).
   */
  form: 'delta' | 'whole'
  /**
   * `json-text`: the text is itself JSON source in fragments (tool arguments); what replaces a span must be
   * escaped as inside a JSON string.
   */
  escaping: 'none' | 'json-text'
  /**
   * Ids, names of tools, words of the dialect: a guard reads them, and a finding refuses the call, because
   * nothing of them can be changed. Gives the path of the field in which a character of the text is.
   */
  fieldAt?: (at: number) => string
  /** Only on the response: the channel is complete after this piece, nothing may be held back any longer. */
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

/** What a guard found. Carries positions, never the text itself. */
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
  /** Words in a form that nobody but the model reads. A guard that fails closed refuses them. */
  readonly unreadable?: Unreadable
}

export interface Unreadable {
  /** In the dialect's own path notation: `input`. */
  param: string
  /** What stands there, for the refusal: `ids of tokens`. */
  what: string
}
