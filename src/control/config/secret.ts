// A secret is a reference to the environment, a file, or the value itself, which is encrypted before it is
// stored.

import { z } from 'zod'
import { strictFields, withFix } from './values.ts'
import { wholeReference } from './environment.ts'

export type Secret =
  | { kind: 'env'; name: string }
  | { kind: 'file'; path: string }
  | { kind: 'literal'; text: string }

export const secret = z
  .union([z.string().min(1), strictFields({ file: z.string().min(1) })], {
    // The message must not repeat the value: it may be the secret itself, in the wrong brackets.
    error: () =>
      withFix('this is not a secret', 'write "${NAME}", { file: path }, or the value itself in quotes'),
  })
  .transform((value): Secret => {
    if (typeof value !== 'string') return { kind: 'file', path: value.file }
    const [, name] = wholeReference.exec(value) ?? []
    return name === undefined ? { kind: 'literal', text: value } : { kind: 'env', name }
  })
  .meta({
    description:
      'A secret: `"${NAME}"` of the environment, `{ file: path }`, or the value itself (stored encrypted).',
  })
