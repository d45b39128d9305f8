// The active configuration, and the mistakes of the last edit that was rejected.

import { z } from 'zod'
import { mistakeSchema } from './problem.ts'

export const configurationSchema = z
  .object({
    version: z.string().describe('Content hash of the active rules. Records have it as `snapshot`.'),
    since: z.string().describe('When they became active.'),
    file: z.string().optional().describe('Absent: there is no file, and the gateway runs on its defaults.'),
    problems: z
      .array(mistakeSchema)
      .readonly()
      .describe('The warnings of the last load, and its errors if it was rejected.'),
    rejectedAt: z
      .string()
      .optional()
      .describe('The last edit had mistakes and was rejected: the active rules are older than the file.'),
    needsRestart: z
      .array(z.string())
      .readonly()
      .describe('Settings that changed since the start and need a restart: `listen`.'),
  })
  .meta({ id: 'Configuration' })
export type Configuration = z.infer<typeof configurationSchema>

export const reloadSchema = z
  .object({ isChanged: z.boolean(), configuration: configurationSchema })
  .meta({ id: 'Reload' })
export type Reload = z.infer<typeof reloadSchema>
