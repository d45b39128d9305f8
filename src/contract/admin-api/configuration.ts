// Which configuration is in force, and what was wrong with the last edit that was not taken.

import { z } from 'zod'
import { mistakeSchema } from './problem.ts'

export const configurationSchema = z
  .object({
    version: z.string().describe('Content hash of the rules in force; records carry it as `snapshot`.'),
    since: z.string().describe('When they were put in force.'),
    file: z.string().optional().describe('Absent: none, the gateway runs on its defaults.'),
    problems: z
      .array(mistakeSchema)
      .readonly()
      .describe('Of the last load: warnings, and errors if it was rejected.'),
    rejectedAt: z
      .string()
      .optional()
      .describe('The last edit had mistakes and was not taken: the rules in force are older than the file.'),
    needsRestart: z
      .array(z.string())
      .readonly()
      .describe('Settings that were changed since the start and wait for a restart: `listen`.'),
  })
  .meta({ id: 'Configuration' })
export type Configuration = z.infer<typeof configurationSchema>

export const reloadSchema = z
  .object({ isChanged: z.boolean(), configuration: configurationSchema })
  .meta({ id: 'Reload' })
export type Reload = z.infer<typeof reloadSchema>
