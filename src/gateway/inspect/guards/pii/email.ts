// E-mail addresses: RFC 5321 §4.5.3.1 lengths, Latin letters of RFC 6531, a domain with a dot.

import type { SignEntity } from './entity.ts'

/** Reads from each `@` backward and forward: linear, without backtracking. */
export const email: SignEntity = {
  kind: 'sign',
  name: 'email',
  find(text, from, add) {
    for (let at = text.indexOf('@', from + 1); at !== -1; at = text.indexOf('@', at + 1)) {
      const start = localStart(text, at)
      if (start === undefined || start < from) continue
      const end = domainEnd(text, at + 1)
      if (end !== undefined) add(start, end)
    }
  },
}

export const longestLocal = 64
export const longestDomain = 255

export const isLocalCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  marks[code] === 1 ||
  (code >= 0xc0 && code <= 0x24f)

export const isDomainCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 45 ||
  code === 46 ||
  (code >= 0xc0 && code <= 0x24f)

const marks = new Uint8Array(128)
for (const mark of "._%+-'") marks[mark.charCodeAt(0)] = 1

/** undefined if there is nothing before the @, or more than a mailbox may have. */
function localStart(text: string, at: number): number | undefined {
  let start = at
  while (start > 0 && isLocalCharacter(text.charCodeAt(start - 1))) {
    start -= 1
    if (at - start > longestLocal) return undefined
  }
  while (start < at && isNoBeginning(text.charCodeAt(start))) start += 1
  return start < at && text.charCodeAt(at - 1) !== dot ? start : undefined
}

const dot = 46
const hyphen = 45
/** `.`, `%`, `'` and `-` */
const isNoBeginning = (code: number): boolean => code === dot || code === 37 || code === 39 || code === hyphen

/** As many labels as form a domain: `x@example.com-` and `x@example.com.` end before the punctuation. */
function domainEnd(text: string, begin: number): number | undefined {
  let good: number | undefined
  const most = Math.min(text.length, begin + longestDomain + 1)
  for (let start = begin; ; ) {
    let end = start
    while (end < most && isLabelCharacter(text.charCodeAt(end))) end += 1
    if (end - begin > longestDomain) return undefined
    let trimmed = end
    while (trimmed > start && text.charCodeAt(trimmed - 1) === hyphen) trimmed -= 1
    if (trimmed === start || trimmed - start > 63 || text.charCodeAt(start) === hyphen) break
    if (start > begin && isTopLevel(text, start, trimmed)) good = trimmed
    if (trimmed !== end || text.charCodeAt(end) !== dot) break
    start = end + 1
  }
  return isTooLong(text, begin) ? undefined : good
}

const isLabelCharacter = (code: number): boolean => code !== dot && isDomainCharacter(code)

/** Letters, or Punycode. */
function isTopLevel(text: string, start: number, end: number): boolean {
  if (end - start < 2) return false
  let isLetters = true
  for (let at = start; isLetters && at < end; at += 1) {
    const code = text.charCodeAt(at)
    isLetters = code >= 65 && code !== hyphen
  }
  return isLetters || /^xn--[A-Za-z0-9-]{1,59}$/i.test(text.slice(start, end))
}

function isTooLong(text: string, begin: number): boolean {
  let end = begin
  while (end < text.length && end - begin <= longestDomain && isDomainCharacter(text.charCodeAt(end)))
    end += 1
  return end - begin > longestDomain
}
