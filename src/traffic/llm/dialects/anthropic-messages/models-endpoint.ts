// GET /v1/models and /v1/models/{id} for clients of Anthropic's dialect. Other dialects have the same paths;
// a client that sends a version of Anthropic's API expects Anthropic's shape.
// https://docs.claude.com/en/api/models-list

import type { Endpoint } from '../../../../contract/endpoint.ts'
import { createModelsEndpoints } from '../../wire/models-endpoint.ts'
import type { ModelsDialect, ModelsEndpointOptions } from '../../wire/models-endpoint.ts'
import { keyOf, sendAs } from './endpoint.ts'
import { writeError } from './errors.ts'
import { dialect } from './operation.ts'

export const messagesModelsEndpoints = (options: ModelsEndpointOptions): Endpoint[] =>
  createModelsEndpoints(options, anthropicModels)

const anthropicModels: ModelsDialect = {
  dialect,
  root: '/v1/models',
  accepts: (request) => request.headers.has('anthropic-version'),
  credential: keyOf,
  sendAs,
  // Anthropic also writes the epoch where it does not know the time.
  writeModel: ({ id, created = 0 }) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1000).toISOString().replace('.000Z', 'Z'),
  }),
  writeList: (data, ids) => ({
    data,
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }),
  writeError,
}
