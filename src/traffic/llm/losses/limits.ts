// Limits on the values of carried fields: lengths, ranges, known words, types. A dialect has one row per
// field, and a vendor may correct it (`Departures.limits`). fit/ applies the limits to every translated
// request, and docs/reference/losses.md lists them.

import type { SettingOf } from '../canonical/settings.ts'

/** Every limit names the page or the report that it comes from. */
interface Sourced {
  source: string
}

/**
 * An id. Another id takes its place when it is too long or has other characters, always the same one for the
 * same id.
 */
export interface IdLimit extends Sourced {
  kind: 'id'
  longest: number
  allowed?: RegExp
  /** Nothing of the original may be readable in its substitute. */
  isOpaque?: boolean
}

/**
 * A number. `nearest`: the nearest one is sent and the loss is named; `fold`: another one, always the same
 * for the same; `refuse`: by name.
 */
export interface RangeLimit extends Sourced {
  kind: 'range'
  least?: number
  most?: number
  isWhole?: boolean
  beyond: 'nearest' | 'fold' | 'refuse'
}

/** How many entries a list may have. A longer one has the fate of its field. */
export interface ListLimit extends Sourced {
  kind: 'list'
  most?: number
  /** Refuses entries of whitespace alone. */
  refusesBlank?: boolean
}

/** Names and values. What is beyond is left out, and the loss is named. */
export interface PairsLimit extends Sourced {
  kind: 'pairs'
  most: number
  longestName: number
  longestValue: number
}

/** The words that are known. Any other has the fate of its field. */
export interface WordsLimit extends Sourced {
  kind: 'words'
  words: readonly string[]
}

/** Media types, `text/*` for all of a kind. Any other has the fate of its field. */
export interface TypesLimit extends Sourced {
  kind: 'types'
  types: readonly string[]
}

/** Addresses that the vendor fetches from. Any other has the fate of its field. */
export interface UrlLimit extends Sourced {
  kind: 'url'
  schemes: readonly string[]
}

/** A text. What is beyond moves to the instructions. */
export interface TextLimit extends Sourced {
  kind: 'text'
  longest: number
}

/** The schema of a tool's arguments: always of an object, and lists say what is in them. */
export interface SchemaLimit extends Sourced {
  kind: 'schema'
  /**
   * Refuses `anyOf`, `oneOf` and `allOf` at the top: their members become members of the object, and the
   * description has the rule.
   */
  refusesCombined: boolean
  /** Names of arguments. */
  names?: RegExp
}

/** Texts of messages. Empty ones are left out everywhere. */
export interface TextsLimit extends Sourced {
  kind: 'texts'
  /** Leaves out texts of whitespace alone, which the vendor refuses. */
  refusesBlank: boolean
  /** Cuts whitespace at the end of a prefill, which the vendor refuses. */
  trimsPrefill: boolean
}

/**
 * A word that the conversation must have, or the setting is refused. An instruction with it is added where it
 * is missing.
 */
export interface MentionLimit extends Sourced {
  kind: 'mention'
  word: RegExp
  instruction: string
}

/** Of settings that are numbers. */
type RangeLimits = { [Field in SettingOf<'number' | 'count'>]?: RangeLimit | null }

export interface Limits extends RangeLimits {
  'json-output'?: MentionLimit | null
  texts?: TextsLimit | null
  'call-id'?: IdLimit | null
  user?: IdLimit | null
  'cache-key'?: IdLimit | null
  'schema-name'?: IdLimit | null
  'tool-description'?: TextLimit | null
  'tool-parameters'?: SchemaLimit | null
  tools?: ListLimit | null
  stop?: ListLimit | null
  metadata?: PairsLimit | null
  logprobs?: RangeLimit | null
  'service-tier'?: WordsLimit | null
  'image-detail'?: WordsLimit | null
  'image-url'?: UrlLimit | null
  'file-url'?: UrlLimit | null
  image?: TypesLimit | null
  audio?: TypesLimit | null
  video?: TypesLimit | null
  file?: TypesLimit | null
}

/**
 * The highest least output, in tokens, that a dialect takes: a translation may raise a smaller limit to it,
 * so that bounds of cost count on it.
 */
export const highestLeastOutput = 16

export type LimitedField = keyof Limits
export type Limit = NonNullable<Limits[LimitedField]>
