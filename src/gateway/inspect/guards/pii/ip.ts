// IP addresses, v4 in dotted form and v6 as RFC 4291 §2.2 writes them. Unspecified and loopback addresses
// identify no person.

import { isAlphanumeric, isDigit } from '../characters.ts'
import type { RunEntity, SignEntity } from './entity.ts'

export const ipV4: RunEntity = {
  kind: 'run',
  name: 'ip',
  mayBegin: (length, isAfterLetter) => length <= 3 && !isAfterLetter,
  read(text, start, end, add) {
    if (text.charCodeAt(end) !== dot || !isDigit(text.charCodeAt(end + 1))) return
    dotted.lastIndex = start
    if (!dotted.test(text)) return
    const address = text.slice(start, dotted.lastIndex)
    if (address.split('.').some((part) => Number(part) > 255) || silent.test(address)) return
    // `version 1.2.3.4` is the most common false positive
    if (/\bv(?:ersion)?[ :]{0,2}$/i.test(text.slice(Math.max(0, start - 12), start))) return
    add(start, start + address.length)
  },
}

const dot = 46
const dotted =
  /(?<![0-9A-Za-z]|[0-9]\.)(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})(?![0-9A-Za-z]|\.[0-9])/y
const silent = /^(?:0\.|127\.|255\.255\.255\.255$)/

export const ipV6: SignEntity = {
  kind: 'sign',
  name: 'ip',
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

/**
 * A run that touches letters or digits is a name; most others are times of day, which have too few colons.
 */
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
