// IP addresses, v4 in dotted form and v6 as RFC 4291 §2.2 writes them. Unspecified and loopback addresses say nothing about anybody.

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
    colons.lastIndex = from
    for (let match = colons.exec(text); match; match = colons.exec(text)) {
      const address = match[0].replace(/(?:\.|(?<!:):)$/, '')
      if (isV6(address)) add(match.index, match.index + address.length)
    }
  },
}

/** Longest textual form: eight groups of four, or six and a dotted one. */
export const longestIp = 45
const colons = /(?<![0-9A-Za-z:.])[0-9A-Fa-f:][0-9A-Fa-f:.]{2,45}(?![0-9A-Za-z:.])/g

function isV6(address: string): boolean {
  if (!/[0-9]/.test(address) || address === '::1' || !address.includes(':')) return false
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const isMixed = last.includes('.')
  if (isMixed && !/^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/.test(last)) return false
  if (!groups.every((group, index) => /^[0-9A-Fa-f]{1,4}$/.test(group) || (isMixed && index === groups.length - 1))) return false
  const count = groups.length + (isMixed ? 1 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}
