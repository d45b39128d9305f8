// Turns zod's issues into our problems: one per mistake, as a sentence, with a fix.

import { z } from 'zod'
import { findNearest } from '../../kit/nearest.ts'
import type { Path, Problems } from './problem.ts'
import { newNameFor } from './renamed.ts'
import { fixForKey } from './values.ts'

type Issue = z.core.$ZodIssue

/** @returns the checked value; undefined if it has mistakes, which are added to the problems */
export function checkValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: Path,
  problems: Problems,
): z.output<Schema> | undefined {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) tell(issue, value, path, problems, schema)
  return undefined
}

function tell(issue: Issue, root: unknown, base: Path, problems: Problems, schema?: z.ZodType): void {
  const inside = issue.path.filter((part) => typeof part !== 'symbol')
  const path = [...base, ...inside]
  const value = inside.reduce<unknown>(
    (node, part) => (typeof node === 'object' && node !== null ? Reflect.get(node, part) : undefined),
    root,
  )
  const [message = '', fix] = issue.message.split('\n')

  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const line = issue.message.split('\n').find((text) => text.startsWith(`${key}\t`))
      const known = schema instanceof z.ZodObject && inside.length === 0 ? Object.keys(schema.shape) : []
      problems.add(
        [...path, key],
        `"${key}" is not known here`,
        line?.split('\t')[1] ?? fixForKey(key, known),
        { at: 'key' },
      )
    }
    return
  }
  if (issue.code === 'invalid_union' && fix === undefined) {
    const best = issue.errors.find(
      (errors) => !errors.some((error) => error.code === 'invalid_type' && error.path.length === 0),
    )
    if (best)
      for (const inner of best) tell({ ...inner, path: [...issue.path, ...inner.path] }, root, base, problems)
    else if (value === undefined)
      problems.add(path, 'a value is missing', `write ${expectedOf(issue.errors)}`)
    else problems.add(path, `${kindOf(value)} does not fit here`, `write ${expectedOf(issue.errors)}`)
    return
  }
  if (issue.code === 'invalid_type' && fix === undefined) {
    if (value === undefined) problems.add(path, 'it is missing', `write ${article(issue.expected)}`)
    else problems.add(path, `${kindOf(value)} does not fit here`, `write ${article(issue.expected)}`)
    return
  }
  if (issue.code === 'invalid_value' && fix === undefined) {
    const values = issue.values.map(String)
    const written =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? `"${value}"`
        : kindOf(value)
    const word = written.replaceAll('"', '')
    const renamed = newNameFor(word, values)
    const meant = findNearest(word, values)
    if (value === undefined) problems.add(path, 'it is missing', `write one of ${values.join(', ')}`)
    else if (renamed)
      problems.add(
        path,
        `${written} is none of ${values.join(', ')}`,
        `write "${renamed}"; ${written} was renamed`,
      )
    else
      problems.add(
        path,
        `${written} is none of ${values.join(', ')}`,
        meant ? `did you mean "${meant}"?` : `write one of ${values.join(', ')}`,
      )
    return
  }
  problems.add(path, message, fix ?? boundOf(issue))
}

const boundOf = (issue: Issue): string => {
  if (issue.code === 'too_small') return `write at least ${issue.minimum}`
  if (issue.code === 'too_big') return `write at most ${issue.maximum}`
  return 'see docs/reference/config.md'
}

const expectedOf = (branches: readonly (readonly Issue[])[]): string => {
  const expected = branches.flatMap((errors) =>
    errors.flatMap((error) => (error.code === 'invalid_type' ? [article(error.expected)] : [])),
  )
  return [...new Set(expected)].join(' or ') || 'one of the forms in docs/reference/config.md'
}

const articles: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}
const article = (type: string): string => articles[type] ?? type

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'an empty value'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`
  return 'text'
}
