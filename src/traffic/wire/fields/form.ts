// The form of a listed field's value. Guards read every text. A form defines which values are not texts,
// because a machine made them.
//
// A form must exclude text. Examples are a word from a list, an id with the vendor's prefix and random
// characters, and base64 of some length. A value that does not match the form of its field is read like any
// other. `isFixed` fields (ids, words, names of tools) cannot be edited without breaking the call, so a
// finding there refuses the call.

import type { Media } from '../../../contract/content.ts'

export type FormKind =
  | 'text'
  | 'name'
  | 'id'
  | 'word'
  | 'sealed'
  | 'number'
  | 'time'
  | 'vector'
  | 'media'
  | 'stored'
  | 'block'
  | 'tool'
  | 'schema'
  | 'free'

export interface Form {
  readonly kind: FormKind
  /** For `word`: all values that the vendor documents. */
  readonly words?: ReadonlySet<string>
  /** For `block`: the types of the elements of one list, and what each of them holds. */
  readonly types?: ReadonlyMap<string, BlockKind>
  /** For `media` and `stored`. */
  readonly media?: Media['kind']
  /** For `tool`: the provider runs it and charges a fee for it. */
  readonly isServed?: boolean
  /** For `word`: it gives the type of the media next to it. */
  readonly isMediaType?: boolean
}

/** What an element of a typed list holds. Unlisted types are unreadable. */
export type BlockKind = 'text' | 'tool' | Media['kind']

export interface FormRow {
  /** How guards handle a value that has the form. */
  guards: 'text' | 'media' | 'no'
  isMachineMade: boolean
  /** A finding refuses the call, because the value cannot be changed. */
  isFixed: boolean
  /** For the generated reference. */
  meaning: string
}

export const forms: Readonly<Record<FormKind, FormRow>> = {
  text: { guards: 'text', isMachineMade: false, isFixed: false, meaning: 'any text' },
  name: {
    guards: 'text',
    isMachineMade: false,
    isFixed: true,
    meaning: 'a name that somebody chose, such as that of a tool',
  },
  id: {
    guards: 'no',
    isMachineMade: true,
    isFixed: true,
    meaning: 'an id: a known prefix and 16 or more random letters and digits, or a UUID',
  },
  word: {
    guards: 'no',
    isMachineMade: true,
    isFixed: true,
    meaning: 'one of the words that the vendor documents',
  },
  sealed: {
    guards: 'no',
    isMachineMade: true,
    isFixed: true,
    meaning: 'a signature or a cipher: 20 or more mixed characters of base64',
  },
  number: { guards: 'no', isMachineMade: true, isFixed: true, meaning: 'a number below ten billion' },
  time: {
    guards: 'no',
    isMachineMade: true,
    isFixed: true,
    meaning: 'seconds or milliseconds since 1970, or a date in ISO form',
  },
  vector: {
    guards: 'no',
    isMachineMade: true,
    isFixed: true,
    meaning: 'a list of fractions, or their base64',
  },
  media: {
    guards: 'media',
    isMachineMade: true,
    isFixed: false,
    meaning: 'media: base64 of 32 or more characters. An address is read',
  },
  stored: {
    guards: 'media',
    isMachineMade: true,
    isFixed: true,
    meaning: 'the id of media that the vendor stores',
  },
  block: {
    guards: 'no',
    isMachineMade: true,
    isFixed: true,
    meaning: 'the type of a block. Unknown types are unreadable',
  },
  tool: {
    guards: 'text',
    isMachineMade: false,
    isFixed: true,
    meaning: 'a tool, or what makes the provider run one',
  },
  schema: { guards: 'text', isMachineMade: false, isFixed: false, meaning: 'a JSON Schema' },
  free: { guards: 'text', isMachineMade: false, isFixed: false, meaning: 'JSON of any shape' },
}

const of = (kind: FormKind): Form => ({ kind })

export const text = of('text')
export const name = of('name')
export const id = of('id')
export const sealed = of('sealed')
export const number = of('number')
export const time = of('time')
export const vector = of('vector')
export const schema = of('schema')
export const free = of('free')
/** The caller runs the tool, or the tool itself is free. */
export const tool = of('tool')
export const servedTool: Form = { kind: 'tool', isServed: true }
export const word = (words: string): Form => ({ kind: 'word', words: new Set(words.split(' ')) })
/**
 * The media types that vendors document. Guards read all others. https://www.iana.org/assignments/media-types
 */
export const mediaType: Form = { ...word(mediaTypes()), isMediaType: true }
export const media = (kind: Media['kind']): Form => ({ kind: 'media', media: kind })
export const stored = (kind: Media['kind']): Form => ({ kind: 'stored', media: kind })

/** The types of one list of blocks by what they hold, separated by spaces. */
export function blocks(types: Readonly<Partial<Record<BlockKind, string>>>): Form {
  const entries = blockKinds.flatMap((kind) =>
    (types[kind] ?? '').split(' ').flatMap((type) => (type === '' ? [] : [[type, kind] as const])),
  )
  return { kind: 'block', types: new Map(entries) }
}

const blockKinds = ['text', 'tool', 'image', 'audio', 'file', 'video'] as const

/**
 * Does the string have this form, so that it was machine-made and holds no text for a person or a model?
 * @param value the source between the quotes, with escapes
 */
export function isMachineMade({ kind, words, types }: Form, value: string): boolean {
  switch (kind) {
    case 'word':
      return words?.has(value) ?? false
    case 'block':
      return types?.has(value) ?? false
    case 'id':
    case 'stored':
      return isId(value)
    case 'sealed':
      return isSealed(value)
    case 'time':
      return date.test(value)
    case 'vector':
    case 'media':
      return isBase64(value)
    default:
      return false
  }
}

/**
 * @param value the source of the number. Guards never read numbers of fewer than eight characters, which
 * cannot identify a person
 */
export function isMachineNumber(kind: FormKind, value: string): boolean {
  if (kind === 'number' || kind === 'vector') return plainNumber.test(value)
  return kind === 'time' && timestamp.test(value)
}

const prefixes =
  'call toolu srvtoolu mcptoolu vrtx bdrk msg resp rs fc fco ctc ctco ig ws fs ci mcp mcpl mcpr mcpa cu cuo lsh sh ap tsc tso am cmp chatcmpl ' +
  'cmpl gen req file container cntr vs asst thread conv batch audio pmpt rsp comp skill embd modr gh'
/** `toolu_01…`, `msg_bdrk_01…`, `chatcmpl-…`. */
const prefixed = new RegExp(`^(?:(?:${prefixes.replaceAll(' ', '|')})[-_])+[A-Za-z0-9]{16,80}$`)
const fingerprint = /^fp_[0-9a-f]{8,12}$/
const uuid = /^(?:[a-z]{2,8}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const uuidPrefix = /^(?:msg|req|gen|call|chatcmpl|resp|embd|[0-9a-f])/
/** Eight digits may be a personal number. Random ids rarely have that many in a row. */
const longDigits = /(?:\d-?){8}/

const isId = (value: string): boolean =>
  fingerprint.test(value) ||
  (!longDigits.test(value) &&
    ((prefixed.test(value) && hasDigitAndLetter(value)) || (uuid.test(value) && uuidPrefix.test(value))))

/** After the last separator. A word alone is not random. */
const hasDigitAndLetter = (value: string): boolean =>
  /\d[A-Za-z0-9]*[A-Za-z]|[A-Za-z][A-Za-z0-9]*\d/.test(value.slice(value.search(/[A-Za-z0-9]+$/)))

const sealedCharacters = /^[A-Za-z0-9+/_.:=\\-]{20,}$/
/** The shortest card number has 13 digits. */
const cardDigits = /\d{13}/

const isMixed = (value: string): boolean => /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value)

const isSealed = (value: string): boolean =>
  sealedCharacters.test(value) && isMixed(value) && !cardDigits.test(value)

/** Alone or in a `data:` URL (RFC 2397). JSON may escape a slash with a backslash. */
const base64 = /^(?:data:[\w.+/;=-]{0,100};base64,)?[A-Za-z0-9+/\\_-]{32,}=*$/i

/** Guards read shorter values: they are too short for media, but may be a number or a word. */
export const isBase64 = (value: string): boolean =>
  base64.test(value) && !cardDigits.test(value) && hasBothCases(value)

/** Base64 usually has both cases within a few characters. Runs of zeros (`AAAA`) also count as media. */
const hasBothCases = (value: string): boolean => {
  const begin = value.slice(-400)
  return (/[a-z]/.test(begin) && /[A-Z]/.test(begin)) || /^A+=*$/.test(begin)
}

const plainNumber = /^-?\d{1,10}(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/
const timestamp = /^[12]\d{9}(?:\d{3})?(?:\.\d{1,9})?$/
const date = /^[12]\d{3}-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d:[0-6]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?$/

function mediaTypes(): string {
  const subtypes = {
    image: 'png jpeg jpg webp gif heic heif avif bmp tiff svg+xml',
    audio: 'wav x-wav mp3 mpeg aiff aac ogg flac mp4 m4a x-m4a webm opus pcm l16 L16',
    video: 'mp4 mpeg mov quicktime avi x-flv mpg webm wmv x-ms-wmv 3gpp',
    text: 'plain html css csv xml markdown md rtf javascript x-python x-typescript',
    application: 'pdf json xml rtf javascript x-javascript x-python x-typescript octet-stream jsonl yaml zip',
  }
  return Object.entries(subtypes)
    .flatMap(([type, names]) => names.split(' ').map((each) => `${type}/${each}`))
    .join(' ')
}
