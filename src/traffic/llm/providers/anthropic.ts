// Anthropic itself, and other servers with `/v1/messages`: https://docs.claude.com/en/api/overview.

import { z } from 'zod'
import { joinedOnce, urlMistake } from './base-url.ts'
import { catalogOf, type ProviderKind } from './kind.ts'
import { overHttp } from './over-http.ts'
import { unbilledAt, unbilledErrors } from './unbilled.ts'

const baseUrl = 'https://api.anthropic.com'

const options = z.strictObject({
  version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional()
    .describe('The anthropic-version header of calls without one. Default: 2023-06-01'),
  unbilledErrors,
  beta: z
    .string()
    .min(1)
    .optional()
    .describe('Beta features for every call, sent in anthropic-beta in addition to those of the caller'),
})

export const anthropic: ProviderKind = {
  kind: 'anthropic',
  title: 'Anthropic',
  baseUrl,
  keyName: 'ANTHROPIC_API_KEY',
  credential: 'bearer',
  credentialSettings: { header: 'x-api-key' },
  options,
  inCatalog: catalogOf('anthropic'),
  mistake: (place) => urlMistake(place, baseUrl, true),
  create(rule, { dial }) {
    const join = joinedOnce(rule.baseUrl)
    const { version = '2023-06-01', beta, unbilledErrors: written } = options.parse(rule.options)
    return overHttp({
      rule,
      dial,
      dialects: ['anthropic-messages'],
      departures: { usageInStream: true, unbilledErrors: unbilledAt(rule, written, ['api.anthropic.com']) },
      passed: [
        { name: 'anthropic-version', usual: version },
        { name: 'anthropic-beta', ...(beta === undefined ? {} : { also: beta }) },
      ],
      modelsPath: join('/v1/models?limit=1000'),
      addressOf: join,
    })
  },
}
