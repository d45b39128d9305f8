// The separators between the parts of one number: as people write them (`-`, a space), and as they arrive in
// pasted tables, CSV, HTML and strings with escapes (tabs, line ends, `|`, `</td><td>`, `\n`). All texts are
// folded, so no-break spaces are already spaces.

/** The most separators and tags in a gap. */
const mostSeparators = 8
const mostTags = 3
const longestTag = 8
/** No gap is longer. */
export const longestGap = mostSeparators + mostTags * longestTag

const isSeparator = new Uint8Array(0x10000)
for (const separator of ' \t\n\r\v\f.-_,/|;:"*&\u00b7\u2010\u2011\u2012\u2013\u2014\u2015\u2022\u2043\u2212\u30fb')
  isSeparator[separator.charCodeAt(0)] = 1

const backslash = 92
const lessThan = 60

/**
 * The end of the gap that begins at `at`; `at` if there is none. A gap that the end of the text cuts off
 * reaches to the end.
 */
export function gapEnd(text: string, at: number): number {
  let end = at
  let separators = 0
  let tags = 0
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (code === lessThan) {
      const next = tagEnd(text, end)
      if (next === end || (tags += 1) > mostTags) break
      end = next
    } else if (code === backslash) {
      if (end + 1 < text.length && !isEscapeLetter(text.charCodeAt(end + 1))) break
      if ((separators += 2) > mostSeparators) return at
      end = Math.min(text.length, end + 2)
    } else if (isSeparator[code]) {
      if ((separators += 1) > mostSeparators) return at
      end += 1
    } else break
  }
  return end
}

/** `\n`, `\r`, `\t`, as they appear in strings that were escaped twice. */
const isEscapeLetter = (code: number): boolean => code === 110 || code === 114 || code === 116

/** Is the letter or digit at `at - 1` the end of such an escape? Then a word begins after it. */
export const endsEscape = (text: string, at: number): boolean =>
  at >= 2 && text.charCodeAt(at - 2) === backslash && isEscapeLetter(text.charCodeAt(at - 1))

/** `<td>`, `</td>`, `<br/>` */
function tagEnd(text: string, at: number): number {
  const most = Math.min(text.length, at + longestTag)
  for (let end = at + 1; end < most; end += 1) {
    const code = text.charCodeAt(end)
    if (code === 62) return end + 1
    if (code !== 47 && !((code | 32) >= 97 && (code | 32) <= 122)) return at
  }
  return most === text.length && text.length - at < longestTag ? text.length : at
}

export type Gap = ' ' | '-' | '.' | '/' | '~'

/** The form of a gap for entities: any white space, any dash, `.`, `/`, or anything else. */
export function gapKind(text: string, start: number, end: number): Gap {
  const code = text.charCodeAt(start)
  if (end - start === 1) {
    if (code === 46) return '.'
    if (code === 47) return '/'
    if (isDash(code)) return '-'
  }
  for (let at = start; at < end; at += 1) if (!isBlank(text.charCodeAt(at))) return '~'
  return ' '
}

const isDash = (code: number): boolean =>
  code === 45 || (code >= 0x2010 && code <= 0x2015) || code === 0x2212 || code === 0x2043
const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)

/** One space, dash or dot, as in embossed or printed numbers. */
export const isPlainGap = (text: string, start: number, end: number): boolean => {
  const code = text.charCodeAt(start)
  return end - start === 1 && (code === 32 || code === 46 || isDash(code))
}
