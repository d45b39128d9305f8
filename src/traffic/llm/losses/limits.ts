// Limits on the values of carried fields: lengths, ranges, known words, types. A dialect has one row per
// field, and a vendor may correct it (`Departures.limits`). fit/ applies the limits to every translated
// request, and docs/reference/losses.md lists them.

import type { SettingOf } from '../canonical/settings.ts'

/** Every limit names its source, a page or a report. */
interface Sourced {
  source: string
}

/**
 * An id. If it is too long or has other characters, a substitute is sent. The same id always gets the same
 * substitute.
 */
export interface IdLimit extends Sourced {
  kind: 'id'
  longest: number
  allowed?: RegExp
  /** The substitute must not reveal any part of the original. */
  isOpaque?: boolean
}

/**
 * A number. `nearest`: the nearest number is sent, and the loss is named. `fold`: a substitute is sent,
 * always the same for the same number. `refuse`: the call is refused.
 */
export interface RangeLimit extends Sourced {
  kind: 'range'
  least?: number
  most?: number
  isWhole?: boolean
  beyond: 'nearest' | 'fold' | 'refuse'
}

/** How many entries a list may have. A longer list is lost or refused, as its field defines. */
export interface ListLimit extends Sourced {
  kind: 'list'
  most?: number
  /** Refuses entries of whitespace alone. */
  refusesBlank?: boolean
}

/** Names and values. Excess pairs are left out, and the loss is named. */
export interface PairsLimit extends Sourced {
  kind: 'pairs'
  most: number
  longestName: number
  longestValue: number
}

/** The known words. Any other word is lost or refused, as its field defines. */
export interface WordsLimit extends Sourced {
  kind: 'words'
  words: readonly string[]
}

/** Media types. `text/*` means all of a kind. Any other type is lost or refused, as its field defines. */
export interface TypesLimit extends Sourced {
  kind: 'types'
  types: readonly string[]
}

/** URLs from which the vendor fetches. Any other URL is lost or refused, as its field defines. */
export interface UrlLimit extends Sourced {
  kind: 'url'
  schemes: readonly string[]
}

/** A text. The excess moves to the instructions. */
export interface TextLimit extends Sourced {
  kind: 'text'
  longest: number
}

/** The schema of a tool's arguments. It is always an object, and lists define their items. */
export interface SchemaLimit extends Sourced {
  kind: 'schema'
  /**
   * Refuses `anyOf`, `oneOf` and `allOf` at the top: their members become members of the object, and the
   * description states the rule.
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
 * A word that the conversation must contain, or the vendor refuses the setting. If the word is missing, an
 * instruction with it is added.
 */
export interface MentionLimit extends Sourced {
  kind: 'mention'
  word: RegExp
  instruction: string
}

/** The limits of settings that are numbers. */
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
 * The highest minimum for the output limit of any dialect, in tokens. A translation may raise a smaller limit
 * to it, so cost bounds include it.
 */
export const highestLeastOutput = 16

export type LimitedField = keyof Limits
export type Limit = NonNullable<Limits[LimitedField]>
