// Stops running calls. Signals work at once, on every node, also on things that the configuration file owns.

import { z } from 'zod'

export const killSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('kill-exchange'),
      exchange: z.uuid().describe('`x-gatehouse-exchange` of the call.'),
    }),
    z.strictObject({ kind: z.literal('kill-run'), run: z.string().min(1).max(128) }),
  ])
  .meta({ id: 'Kill' })
export type Kill = z.infer<typeof killSchema>

export const sentSchema = z.object({ sent: z.literal(true) }).meta({ id: 'Sent' })
