// GET /v1/models and /v1/models/{id} for clients of OpenAI's dialects.
// https://platform.openai.com/docs/api-reference/models

import type { Endpoint } from '../../../../contract/endpoint.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { createModelsEndpoints } from '../../wire/models-endpoint.ts'
import type { ModelsDialect, ModelsEndpointOptions } from '../../wire/models-endpoint.ts'
import { writeError } from '../../wire/openai/wording.ts'
import { dialect } from './operation.ts'

export const chatModelsEndpoints = (options: ModelsEndpointOptions): Endpoint[] =>
  createModelsEndpoints(options, openaiModels)

const openaiModels: ModelsDialect = {
  dialect,
  root: '/v1/models',
  credential: bearerOf,
  // SDKs expect a number; 0 means that the time is unknown.
  writeModel: ({ id, ownedBy, created = 0 }) => ({ id, object: 'model', created, owned_by: ownedBy }),
  writeList: (data) => ({ object: 'list', data }),
  writeError,
}
