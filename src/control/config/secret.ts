// How secrets are written: a reference to the environment, a file, or (sealed before it is stored) the value
// itself.

import { z } from 'zod'
import { fields, told } from './values.ts'
import { wholeReference } from './environment.ts'

export type Secret =
  | { kind: 'env'; name: string }
  | { kind: 'file'; path: string }
  | { kind: 'literal'; text: string }

export const secret = z
  .union([z.string().min(1), fields({ file: z.string().min(1) })], {
    // whatever stands here may be the secret itself, in the wrong brackets: it is not repeated
    error: () =>
      told(
        'this is not how a secret is written',
        'write "${NAME}", { file: path }, or the value itself in quotes',
      ),
  })
  .transform((value): Secret => {
    if (typeof value !== 'string') return { kind: 'file', path: value.file }
    const [, name] = wholeReference.exec(value) ?? []
    return name === undefined ? { kind: 'literal', text: value } : { kind: 'env', name }
  })
  .meta({
    description:
      'A secret: `"${NAME}"` of the environment, `{ file: path }`, or the value itself (kept encrypted).',
  })
