// What the configuration's own schemas say of a value, on one line: they part message and fix by a line end.

import type { z } from 'zod'

export const asSentence = (error: z.ZodError): string =>
  (error.issues[0]?.message ?? 'not valid').replaceAll('\n', '; ')
