// OpenAI itself: https://platform.openai.com/docs/api-reference/authentication.

import { z } from 'zod'
import { urlMistake } from './base-url.ts'
import { catalogOf, type ProviderKind } from './kind.ts'
import { overHttp } from './over-http.ts'
import { unbilledAt, unbilledErrors } from './unbilled.ts'

const options = z.strictObject({
  organization: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The organization to bill (`org-…`), sent as OpenAI-Organization. Required for keys of several organizations',
    ),
  unbilledErrors,
  project: z.string().min(1).optional().describe('The project to bill (`proj_…`), sent as OpenAI-Project'),
})

export const openai: ProviderKind = {
  kind: 'openai',
  title: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  keyName: 'OPENAI_API_KEY',
  credential: 'bearer',
  options,
  inCatalog: catalogOf('openai'),
  mistake: (place) => urlMistake(place, 'https://api.openai.com/v1', false),
  create(rule, { dial }) {
    const { organization, project, unbilledErrors: written } = options.parse(rule.options)
    return overHttp({
      rule,
      dial,
      // chat first: other dialects are translated to it, unless another one carries more
      // (translate/best-dialect.ts)
      dialects: ['openai-chat', 'openai-responses', 'openai-embeddings'],
      departures: {
        usageInStream: true,
        unbilledErrors: unbilledAt(rule, written, ['api.openai.com', '.api.openai.com']),
        takesFreeText: true,
      },
      headers: [
        ...(organization === undefined ? [] : [['openai-organization', organization] as const]),
        ...(project === undefined ? [] : [['openai-project', project] as const]),
      ],
      callerHeaders: [
        ...(organization === undefined ? ['openai-organization'] : []),
        ...(project === undefined ? ['openai-project'] : []),
      ],
    })
  },
}
