// Which configuration is in force, and what was wrong with the last edit that was not taken.

import { z } from 'zod'
import { mistakeSchema } from './problem.ts'

export const configurationSchema = z
  .object({
    version: z.string().describe('Content hash of the rules in force; records carry it as `snapshot`.'),
    compiledAt: z.string(),
    source: z.string().optional().describe('The file. Absent: none, the gateway runs on its defaults.'),
    rejected: z
      .object({ at: z.string(), problems: z.array(mistakeSchema) })
      .optional()
      .describe('The last edit, when it had mistakes: the version in force is older than the file.'),
  })
  .meta({ id: 'Configuration' })
export type Configuration = z.infer<typeof configurationSchema>

export const reloadSchema = z.object({ isChanged: z.boolean(), configuration: configurationSchema }).meta({ id: 'Reload' })
export type Reload = z.infer<typeof reloadSchema>
