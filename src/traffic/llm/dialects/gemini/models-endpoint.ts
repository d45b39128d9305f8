// GET /v1beta/models and /v1beta/models/NAME for clients of Google's dialect, and the same under /v1. Other
// dialects share the paths under /v1. https://ai.google.dev/api/models

import type { Endpoint } from '../../../../contract/endpoint.ts'
import { createModelsEndpoints } from '../../wire/models-endpoint.ts'
import type { ModelsDialect, ModelsEndpointOptions } from '../../wire/models-endpoint.ts'
import { bringsKey, keyOf, sendAs } from './endpoint.ts'
import { writeError } from './errors.ts'
import { dialect } from './operation.ts'

export const geminiModelsEndpoints = (options: ModelsEndpointOptions): Endpoint[] => [
  ...createModelsEndpoints(options, { ...geminiModels, root: '/v1beta/models' }),
  ...createModelsEndpoints(options, { ...geminiModels, root: '/v1/models', accepts: bringsKey }),
]

const geminiModels: Omit<ModelsDialect, 'root'> = {
  dialect,
  credential: keyOf,
  sendAs,
  writeModel: ({ id }) => ({
    name: `models/${id}`,
    displayName: id,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  }),
  writeList: (models) => ({ models }),
  writeError,
}
