// Providers' health: can they be used, why not, and what went wrong lately.

import { z } from 'zod'
import { resourceKinds } from '../resource.ts'

const lastError = z.object({
  at: z.string(),
  code: z.string().describe('A code of the error table: `upstream-timeout`.'),
  status: z.number().int().optional().describe('What the provider answered.'),
})

export const targetHealthSchema = z
  .object({
    id: z.string(),
    breaker: z
      .enum(['closed', 'open', 'half-open'])
      .describe('`open`: not tried for a while; `half-open`: one call at a time probes it.'),
    inFlight: z.number().int(),
    isBarred: z
      .boolean()
      .describe('It was billed above its bound: no hard budget pays for it until it is pardoned.'),
    lastError: lastError.optional(),
    lastSuccessAt: z.string().optional(),
  })
  .meta({ id: 'TargetHealth' })

export const providerHealthSchema = z
  .object({
    name: z.string(),
    serves: z
      .enum(resourceKinds)
      .describe('The kind of resource that it offers: MCP servers and agents are listed here, too.'),
    kind: z.string(),
    isReady: z.boolean(),
    reason: z.string().optional().describe('Why it cannot be used: `OPENAI_API_KEY is not set`.'),
    inFlight: z.number().int(),
    capacity: z.number().int().optional().describe('Calls at once, when that is limited.'),
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
