// E-mail addresses: RFC 5321 §4.5.3.1 lengths, letters of RFC 6531 as far as Latin goes, a domain with a dot.

import type { TextEntity } from './entity.ts'

/** Looks at each `@`, back and forth: linear without any backtracking. */
export const email: TextEntity = {
  kind: 'text',
  name: 'email',
  needs: 'at',
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
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || marks.has(code) || (code >= 0xc0 && code <= 0x24f)

export const isDomainCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 45 ||
  code === 46 ||
  (code >= 0xc0 && code <= 0x24f)

const marks = new Set(Array.from("._%+-'", (mark) => mark.charCodeAt(0)))

/** undefined: nothing before the @, or longer than a mailbox may be. */
function localStart(text: string, at: number): number | undefined {
  let start = at
  while (start > 0 && isLocalCharacter(text.charCodeAt(start - 1))) {
    start -= 1
    if (at - start > longestLocal) return undefined
  }
  while (start < at && /[.%'-]/.test(text.charAt(start))) start += 1
  return start < at && text.charAt(at - 1) !== '.' ? start : undefined
}

function domainEnd(text: string, begin: number): number | undefined {
  let end = begin
  while (end < text.length && isDomainCharacter(text.charCodeAt(end))) {
    end += 1
    if (end - begin > longestDomain) return undefined
  }
  // as many labels as make a domain: `x@example.com-` and `x@example.com.` end before the mark
  const labels = text.slice(begin, end).split('.')
  let length = 0
  let good: number | undefined
  for (const [index, raw] of labels.entries()) {
    const label = raw.replace(/-{1,63}$/, '')
    if (label === '' || label.length > 63 || label.startsWith('-')) break
    length += (index ? 1 : 0) + label.length
    if (index > 0 && /^(?:[A-Za-zÀ-ɏ]{2,63}|xn--[A-Za-z0-9-]{1,59})$/i.test(label)) good = begin + length
    if (label.length !== raw.length) break
  }
  return good
}
