// A schema's message about a value, on one line. The schemas separate message and fix by a line end.

import type { z } from 'zod'

export const asSentence = (error: z.ZodError): string =>
  (error.issues[0]?.message ?? 'not valid').replaceAll('\n', '; ')
