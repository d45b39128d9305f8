// Token counts out of JSON: a count is a whole number from 0 up, anything else counts as not reported.

import { members, numberAt } from '../../../kit/json-spans.ts'
import type { JsonSource } from '../../../kit/json-spans.ts'
import type { Fields } from '../../wire/field.ts'

/**
 * Members of an inner object; none when it is absent or something else. @throws JsonFault for a repeated key
 */
export function innerFields(source: JsonSource, fields: Fields, name: string): Fields {
  const span = fields.get(name)
  return span?.kind === 'object' ? members(source, span) : nothing
}

/** The first of these members that is a count. */
export function firstCount(source: JsonSource, fields: Fields, names: readonly string[]): number | undefined {
  for (const name of names) {
    const span = fields.get(name)
    if (span?.kind !== 'number') continue
    const value = numberAt(source, span)
    if (Number.isSafeInteger(value) && value >= 0) return value
  }
  return undefined
}

const nothing: Fields = new Map()
