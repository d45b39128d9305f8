// Reads token counts from JSON. A count is a whole number from 0 up. Any other value means "not reported".

import { members, numberAt } from '../../../kit/json-spans.ts'
import type { JsonSource } from '../../../kit/json-spans.ts'
import type { Fields } from '../../wire/field.ts'

/**
 * Members of an inner object. Empty when it is absent or not an object. @throws JsonFault for a repeated key
 */
export function innerFields(source: JsonSource, fields: Fields, name: string): Fields {
  const span = fields.get(name)
  return span?.kind === 'object' ? members(source, span) : nothing
}

/** The first of these members that is a count. */
export function firstCount(source: JsonSource, fields: Fields, names: readonly string[]): number | undefined {
  for (const name of names) {
    const count = countIn(source, fields, name)
    if (count !== undefined) return count
  }
  return undefined
}

/** The member, if it is a count. */
export function countIn(source: JsonSource, fields: Fields, name: string): number | undefined {
  const span = fields.get(name)
  if (span?.kind !== 'number') return undefined
  const value = numberAt(source, span)
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

const nothing: Fields = new Map()
