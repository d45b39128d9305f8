// The text of one channel as guards read it, with every position known in the channel's own characters.
//
// Plain channels read as they are. Tool arguments are JSON source in fragments (`json-text`): there guards
// must see `\n` as a line break and `\u0040` as @, or they miss things and cut escapes in half. Both may be
// appended to (streams) and forgotten from the front.

export interface RawEdit {
  start: number
  end: number
  replacement: string
}

export interface ChannelText {
  /** What guards read now; its first character is number `base` of the decoded channel. */
  readonly text: string
  readonly base: number
  append(raw: string): void
  /** No more comes: an escape that was cut off is read as it stands. */
  complete(): void
  /** Where decoded character `index` (absolute) begins in the channel's own characters. */
  rawAt(index: number): number
  /** Puts `replacement` for the decoded characters [start, end), escaped as the place demands. */
  replace(start: number, end: number, replacement: string): RawEdit[]
  /** Forgets what lies before `index`. */
  forget(index: number): void
}

export const channelText = (escaping: 'none' | 'json-text'): ChannelText =>
  escaping === 'none' ? plainText() : jsonText()

function plainText(): ChannelText {
  let text = ''
  let base = 0
  return {
    get text() {
      return text
    },
    get base() {
      return base
    },
    append: (raw) => void (text += raw),
    complete() {},
    rawAt: (index) => index,
    replace: (start, end, replacement) => [{ start, end, replacement }],
    forget(index) {
      if (index <= base) return
      text = text.slice(index - base)
      base = index
    },
  }
}

function jsonText(): ChannelText {
  let text = ''
  let base = 0
  /** Per decoded character: where it begins, times two, plus one inside a JSON string. */
  let marks: number[] = []
  let rawLength = 0
  let unfinished = ''
  let isInside = false

  function push(character: string, rawStart: number, inside: boolean) {
    text += character
    marks.push(rawStart * 2 + (inside ? 1 : 0))
  }

  function read(raw: string, isComplete: boolean) {
    const source = unfinished + raw
    const offset = rawLength - unfinished.length
    rawLength += raw.length
    unfinished = ''
    for (let at = 0; at < source.length; ) {
      const character = source.charAt(at)
      if (character === '"') {
        isInside = !isInside
        push('"', offset + at, false)
        at += 1
      } else if (character === '\\' && isInside) {
        const length = source.charAt(at + 1) === 'u' ? 6 : 2
        if (at + length > source.length && !isComplete) {
          unfinished = source.slice(at)
          return
        }
        const decoded = unescape(source.slice(at, at + length))
        push(decoded ?? '\\', offset + at, true)
        at += decoded === undefined ? 1 : length
      } else {
        push(character, offset + at, isInside)
        at += 1
      }
    }
  }

  const isInsideAt = (index: number) => (marks[index - base] ?? 0) % 2 === 1
  const rawAt = (index: number) => {
    const mark = marks[index - base]
    return mark === undefined ? rawLength - unfinished.length : Math.floor(mark / 2)
  }

  return {
    get text() {
      return text
    },
    get base() {
      return base
    },
    append: (raw) => read(raw, false),
    complete: () => read('', true),
    rawAt,
    replace(start, end, replacement) {
      const edits: RawEdit[] = []
      let isPlaced = false
      for (let from = start; from < end; ) {
        const inside = isInsideAt(from)
        let to = from + 1
        while (to < end && isInsideAt(to) === inside) to += 1
        const span = { start: rawAt(from), end: rawAt(to) }
        if (inside) {
          edits.push({ ...span, replacement: isPlaced ? '' : JSON.stringify(replacement).slice(1, -1) })
          isPlaced = true
        } else {
          const source = text.slice(from - base, to - base)
          const isLiteral = from === start && to === end && isWholeLiteral(text, from - base, to - base)
          if (isLiteral || isNoJson.test(source)) {
            edits.push({
              ...span,
              replacement: isPlaced ? '' : isLiteral ? JSON.stringify(replacement) : replacement,
            })
            isPlaced = true
          } else edits.push({ ...span, replacement: source.replace(/[0-9]/g, '9') })
        }
        from = to
      }
      return edits
    },
    forget(index) {
      if (index <= base) return
      text = text.slice(index - base)
      marks = marks.slice(index - base)
      base = index
    },
  }
}

/**
 * Outside of its strings JSON has numbers, three words and punctuation: whatever else stands there need not
 * stay JSON, because it is none.
 */
const isNoJson = /[^-+.,:\s[\]{}"\deE]|(?<![\d.])[eE]/

/** A whole number between the punctuation of JSON can become a string; a part of one only keeps its shape. */
function isWholeLiteral(text: string, start: number, end: number): boolean {
  return (
    /^[^\s[\]{}:,"]+$/.test(text.slice(start, end)) &&
    /^[\s[{:,]?$/.test(text.slice(Math.max(0, start - 1), start)) &&
    /^[\s\]},]?$/.test(text.charAt(end))
  )
}

const shortEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
}

/** RFC 8259 §7. undefined: no escape. */
function unescape(escape: string): string | undefined {
  if (escape.length === 2) return shortEscapes[escape.charAt(1)]
  return /^\\u[0-9A-Fa-f]{4}$/.test(escape)
    ? String.fromCharCode(Number.parseInt(escape.slice(2), 16))
    : undefined
}
