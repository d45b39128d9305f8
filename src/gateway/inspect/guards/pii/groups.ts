// Finds sequences of digit groups and shows them to the entities that are made of digits: one walk for all of them.

import type { DigitEntity } from './entity.ts'

const longest = 19
/** No id is written in more groups, or in groups of one digit. */
const mostGroups = 6
/** Between two groups stands at most one of these. */
export const separators = ' .-/\u2010\u2011\u2012\u2013\u2014\u2015'

/** Cost: each group starts at most 6 sequences, so linear in the text. */
export function findInGroups(
  entities: readonly DigitEntity[],
  text: string,
  from: number,
  add: (entity: DigitEntity, start: number, end: number) => void,
): void {
  const groups = groupsOf(text, from)
  for (let first = 0; first < groups.length; first += 1) {
    const start = groups[first]?.start ?? 0
    let digits = ''
    let shape = ''
    let previousEnd = 0
    for (let index = first; index < Math.min(groups.length, first + mostGroups); index += 1) {
      const group = groups[index]
      if (!group) break
      if (index > first) {
        const separator = text.charAt(previousEnd)
        if (group.start !== previousEnd + 1 || !separators.includes(separator)) break
        shape += separator > '\u2000' ? '-' : separator
      }
      const length = group.end - group.start
      if (length === 1 || digits.length + length > longest) break
      digits += text.slice(group.start, group.end)
      shape += length
      previousEnd = group.end
      for (const entity of entities) {
        if (digits.length < entity.lengths[0] || digits.length > entity.lengths[1]) continue
        if (entity.accepts(digits, shape, () => text.slice(Math.max(0, start - 40), start).toLowerCase())) add(entity, start, group.end)
      }
    }
  }
}

// a group has no letter or digit around it: `abc123` and `123abc` are names of things, not numbers
const group = /(?<![0-9A-Za-z])[0-9]{1,19}(?![0-9A-Za-z])/g

function groupsOf(text: string, from: number): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = []
  group.lastIndex = from
  for (let match = group.exec(text); match; match = group.exec(text)) found.push({ start: match.index, end: match.index + match[0].length })
  return found
}
