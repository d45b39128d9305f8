// A key in a header: `authorization: Bearer …`, or another header that the vendor reads.

import { z } from 'zod'
import { type CredentialKind, headerSecret, putKey } from './credential.ts'

export const bearer: CredentialKind = {
  kind: 'bearer',
  schema: z.strictObject({
    kind: z.literal('bearer').describe('A key in a header.'),
    key: z.string().describe('The key: `${VARIABLE}`.'),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .optional()
      .describe('The header with the key. Default: `authorization`.'),
    prefix: z
      .string()
      .optional()
      .describe('The word before the key. Default: `Bearer` in `authorization`, none in other headers.'),
  }),
  secrets: ['key'],
  prepare(rule, { provider }, { reveal }) {
    const header = (rule.settings.header ?? 'authorization').toLowerCase()
    return {
      apply: (outgoing) =>
        putKey(outgoing, header, rule.settings.prefix, headerSecret(rule, 'key', provider, reveal)),
    }
  },
}
