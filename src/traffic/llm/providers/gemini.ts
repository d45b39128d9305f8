// Google AI Studio, and other servers with `/v1beta/models`: https://ai.google.dev/api.

import { z } from 'zod'
import { joinedOnce, urlMistake } from './base-url.ts'
import { catalogOf, type ProviderKind } from './kind.ts'
import { overHttp } from './over-http.ts'
import { unbilledAt, unbilledErrors } from './unbilled.ts'

const baseUrl = 'https://generativelanguage.googleapis.com'

const options = z.strictObject({ unbilledErrors })

export const gemini: ProviderKind = {
  kind: 'gemini',
  title: 'Google AI Studio (Gemini)',
  baseUrl,
  keyName: 'GEMINI_API_KEY',
  credential: 'bearer',
  credentialSettings: { header: 'x-goog-api-key' },
  options,
  inCatalog: catalogOf('google'),
  // The API names a model "models/NAME". Both forms lead to one address (dialects/gemini/address.ts).
  canonicalModel: (_rule, model) => model.replace(/^(?:models\/)+/, ''),
  otherNames: (_rule, model) => [`models/${model}`],
  mistake: (place) => urlMistake(place, baseUrl, true),
  create(rule, { dial }) {
    const join = joinedOnce(rule.baseUrl)
    const { unbilledErrors: written } = options.parse(rule.options)
    return overHttp({
      rule,
      dial,
      dialects: ['gemini', 'gemini-embeddings'],
      // "If your request fails with a 400 or 500 error, you won't be charged for the tokens used":
      // https://ai.google.dev/gemini-api/docs/billing
      departures: {
        usageInStream: false,
        unbilledErrors: unbilledAt(rule, written, ['generativelanguage.googleapis.com']),
      },
      modelsPath: join('/v1beta/models?pageSize=1000'),
      addressOf: join,
    })
  },
}
