// Describes input that a schema refused: each mistake with its place, the value, and the fix.

import type { z } from 'zod'
import type { Mistake } from '../../contract/admin-api.ts'
import { ProblemError } from './problem.ts'

const longestValue = 60

/** @param sent the input, which has the values for the message */
export function invalidInput(where: string, error: z.ZodError, sent: unknown): ProblemError {
  const mistakes = error.issues.flatMap((issue) => mistakesOf(issue, sent))
  const first = mistakes[0]
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more, in \`errors\`)` : ''
  return new ProblemError(
    'bad-request',
    `${where}: ${first ? `${first.path === '' ? '' : `${first.path}: `}${first.message}` : 'not valid'}${more}`,
    {
      mistakes,
    },
  )
}

function mistakesOf(issue: z.core.$ZodIssue, sent: unknown): Mistake[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      message: 'unknown field; remove it, or see /admin/v1/openapi.json for the fields that exist',
    }))
  }
  const value = path.reduce<unknown>((inside, part) => (isRecord(inside) ? inside[part] : undefined), sent)
  return [
    {
      path: path.join('.'),
      message: value === undefined ? issue.message : `${issue.message}; it was ${shorten(value)}`,
    },
  ]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}
