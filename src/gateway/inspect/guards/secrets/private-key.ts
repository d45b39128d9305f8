// Private keys as PEM (RFC 7468, RFC 4716 for OpenSSH, RFC 9580 for OpenPGP): from BEGIN to END, on lines or
// in a string with escapes.
//
// Without an END (cut text), the key includes everything that can belong to it. A heading without a body is
// not a key: manuals have many.

import { classOf } from '../characters.ts'
import type { Searcher, Span } from '../search.ts'
import { unfinishedStart } from './token.ts'

const begin = '-----BEGIN '
const headingEnd = 'PRIVATE KEY-----'
const blockHeadingEnd = 'PRIVATE KEY BLOCK-----'
/** `-----BEGIN RSA PRIVATE KEY-----`, `… ENCRYPTED …`, `… PGP PRIVATE KEY BLOCK-----` */
const longestHeading = 64
/** An RSA key with 16,384 bits has 12.7 KB. This is the most text that a stream holds back. */
const longest = 16_384
/** The shortest base64 run that counts as a body. */
export const leastBody = 40

const isBase64 = classOf('A-Za-z0-9+/=')
/** With headers (`Proc-Type: 4,ENCRYPTED`), line ends, and line ends that were escaped. */
const isBody = classOf('A-Za-z0-9+/= \\t\\r\\n\\\\:,.;()-')
const dashes = '-----'
const ending = /-----END [A-Z0-9 ]{0,48}-----/y

export function createPrivateKeySearcher(label: string): Searcher {
  return {
    label,
    stride: 0,
    next(text, position) {
      for (let start = text.indexOf(begin, position); start !== -1; start = text.indexOf(begin, start + 1)) {
        const { end } = read(text, start)
        if (end !== undefined) return { start, end } satisfies Span
      }
      return undefined
    },
    settled(text) {
      for (
        let start = text.indexOf(begin, Math.max(0, text.length - longest));
        start !== -1;
        start = text.indexOf(begin, start + 1)
      )
        if (read(text, start).isOpen) return start
      return unfinishedStart(text, [begin], () => true)
    },
  }
}

/** `end`: the text up to here is a key; `isOpen`: the text ended before the decision. */
function read(text: string, start: number): { end?: number; isOpen: boolean } {
  const bodyStart = headingOf(text, start)
  if (typeof bodyStart !== 'number') return { isOpen: bodyStart === 'open' }
  const most = Math.min(text.length, start + longest)
  let row = 0
  let hasBody = false
  let at = bodyStart
  while (at < most && isBody[text.charCodeAt(at)] === 1 && !text.startsWith(dashes, at)) {
    row = isBase64[text.charCodeAt(at)] === 1 ? row + 1 : 0
    hasBody ||= row >= leastBody
    at += 1
  }
  ending.lastIndex = at
  const closed = ending.test(text)
  const isOpen = !closed && text.length < start + longest && (at === text.length || couldEnd(text, at))
  if (!hasBody) return { isOpen }
  return { end: closed ? ending.lastIndex : at, isOpen }
}

/** The start of the body; undefined if it is another heading. */
function headingOf(text: string, start: number): number | 'open' | undefined {
  const from = start + begin.length
  const close = text.indexOf(dashes, from)
  if (close === -1 || close - start > longestHeading) {
    const isShort = text.length - start <= longestHeading + dashes.length
    return isShort && /^[A-Z0-9 ]*-*$/.test(text.slice(from)) ? 'open' : undefined
  }
  const heading = text.slice(from, close + dashes.length)
  return /^[A-Z0-9 ]*-----$/.test(heading) &&
    (heading.endsWith(headingEnd) || heading.endsWith(blockHeadingEnd))
    ? close + dashes.length
    : undefined
}

/** May the end of the text still become an END? */
function couldEnd(text: string, at: number): boolean {
  const rest = text.slice(at, at + longestHeading)
  return (
    at + rest.length === text.length &&
    ('-----END '.startsWith(rest) || /^-----END [A-Z0-9 ]{0,48}-{0,4}$/.test(rest))
  )
}
