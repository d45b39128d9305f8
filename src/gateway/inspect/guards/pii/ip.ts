// IP addresses, v4 in dotted form and v6 as RFC 4291 §2.2 writes them. Unspecified and loopback addresses say
// nothing about anybody.

import { isAlphanumeric } from './characters.ts'
import type { TextEntity } from './entity.ts'

export const ipV4: TextEntity = {
  kind: 'text',
  name: 'ip',
  needs: 'digit',
  find(text, from, add) {
    dotted.lastIndex = from
    for (let match = dotted.exec(text); match; match = dotted.exec(text)) {
      dotted.lastIndex = match.index + 1
      const parts = match[0].split('.')
      if (parts.some((part) => Number(part) > 255) || silent.test(match[0])) continue
      // `version 1.2.3.4` is the usual false alarm
      if (/\bv(?:ersion)?[ :]{0,2}$/i.test(text.slice(Math.max(0, match.index - 12), match.index))) continue
      add(match.index, match.index + match[0].length)
    }
  },
}

const dotted =
  /(?<![0-9A-Za-z]|[0-9]\.)(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})(?![0-9A-Za-z]|\.[0-9])/g
const silent = /^(?:0\.|127\.|255\.255\.255\.255$)/

export const ipV6: TextEntity = {
  kind: 'text',
  name: 'ip',
  needs: 'colon',
  find(text, from, add) {
    for (let colon = text.indexOf(':', from); colon !== -1; ) {
      let start = colon
      while (start > 0 && isRunCharacter(text.charCodeAt(start - 1))) start -= 1
      let end = colon + 1
      while (end < text.length && isRunCharacter(text.charCodeAt(end))) end += 1
      if (start >= from && end - start <= longestIp + 1) findV6(text, start, end, add)
      colon = text.indexOf(':', end)
    }
  },
}

/** A run that letters or digits touch is a name; most others are times of day, which have too few colons. */
function findV6(text: string, start: number, end: number, add: (start: number, end: number) => void): void {
  if (
    text.charAt(start) === '.' ||
    isAlphanumeric(text.charCodeAt(start - 1)) ||
    isAlphanumeric(text.charCodeAt(end))
  )
    return
  const run = text.slice(start, end)
  if (!run.includes('::') && run.split(':', 7).length < 7) return
  const address = run.replace(/(?:\.|(?<!:):)$/, '')
  if (isV6(address)) add(start, start + address.length)
}

/** Hexadecimal digits, `:` and `.` */
const isRunCharacter = (code: number): boolean =>
  (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70) || code === 46

/** Longest textual form: eight groups of four, or six and a dotted one. */
export const longestIp = 45

function isV6(address: string): boolean {
  if (!/[0-9]/.test(address) || address === '::1' || !address.includes(':')) return false
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const isMixed = last.includes('.')
  if (isMixed && !/^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/.test(last)) return false
  if (
    !groups.every(
      (group, index) => /^[0-9A-Fa-f]{1,4}$/.test(group) || (isMixed && index === groups.length - 1),
    )
  )
    return false
  const count = groups.length + (isMixed ? 1 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}
