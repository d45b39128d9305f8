// The demo provider: models in this process that work offline in OpenAI's dialects of chat and embeddings, so
// that every feature can be tested without a key.

import { z } from 'zod'
import { catalogOf, type ProviderKind } from '../kind.ts'
import { modelNames } from './models.ts'
import { demoProvider } from './provider.ts'

const options = z.strictObject({
  pauses: z
    .boolean()
    .optional()
    .describe('Whether it responds slowly, as real models do. `false` responds at once. Default: true'),
})

export const demo: ProviderKind = {
  kind: 'demo',
  title: 'Demo (offline)',
  // no connection is ever opened
  baseUrl: 'demo://offline',
  credential: 'none',
  options,
  models: modelNames,
  inCatalog: catalogOf('demo'),
  create: (rule, means) => demoProvider(rule.name, options.parse(rule.options).pauses ?? true, means),
}
