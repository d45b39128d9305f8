// The health of providers: whether they can be used, if not why, and recent errors.

import { z } from 'zod'
import { resourceKinds } from '../resource.ts'

const lastError = z.object({
  at: z.string(),
  code: z.string().describe('A code of the error table: `upstream-timeout`.'),
  status: z.number().int().optional().describe('The status of the provider’s response.'),
})

export const targetHealthSchema = z
  .object({
    id: z.string(),
    breaker: z
      .enum(['closed', 'open', 'half-open'])
      .describe('`open`: paused; `half-open`: one call at a time tests it.'),
    inFlight: z.number().int(),
    isBarred: z
      .boolean()
      .describe(
        'It was billed above its bound: calls under hard budgets cannot use it until an administrator pardons it.',
      ),
    lastError: lastError.optional(),
    lastSuccessAt: z.string().optional(),
  })
  .meta({ id: 'TargetHealth' })

export const providerHealthSchema = z
  .object({
    name: z.string(),
    serves: z
      .enum(resourceKinds)
      .describe('The kind of resource that it serves. MCP servers and agents are listed here too.'),
    kind: z.string(),
    isReady: z.boolean(),
    reason: z.string().optional().describe('Why it cannot be used: `OPENAI_API_KEY is not set`.'),
    inFlight: z.number().int(),
    capacity: z.number().int().optional().describe('The limit of concurrent calls, if there is one.'),
    targets: z.array(targetHealthSchema),
  })
  .meta({ id: 'ProviderHealth' })
export type ProviderHealth = z.infer<typeof providerHealthSchema>

export const pardonSchema = z
  .strictObject({ target: z.string().min(3).max(512).describe('`provider/model`') })
  .meta({ id: 'Pardon' })
export const pardonedSchema = z
  .object({ target: z.string(), isBarred: z.literal(false) })
  .meta({ id: 'Pardoned' })

export const providerListSchema = z
  .object({ providers: z.array(providerHealthSchema) })
  .meta({ id: 'ProviderList' })
