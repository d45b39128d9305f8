// No credential, for internal servers that require none.

import { z } from 'zod'
import type { CredentialKind } from './credential.ts'

export const none: CredentialKind = {
  kind: 'none',
  schema: z.strictObject({ kind: z.literal('none').describe('No credential, for servers that need none.') }),
  secrets: [],
  prepare: () => ({ apply() {} }),
}
