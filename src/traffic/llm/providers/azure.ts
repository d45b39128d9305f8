// Azure OpenAI and Foundry: OpenAI's two APIs at the customer's own address. A model has the name of its
// deployment. v1 (current): https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle Dated
// versions (older): https://learn.microsoft.com/azure/ai-foundry/openai/reference

import { z } from 'zod'
import type { Departures } from '../provider.ts'
import type { KindMistake, Place, ProviderKind } from './kind.ts'
import { overHttp } from './over-http.ts'
import { unbilledAt, unbilledErrors } from './unbilled.ts'

const options = z.strictObject({
  unbilledErrors,
  apiVersion: z
    .string()
    .regex(/^(\d{4}-\d{2}-\d{2}(-preview)?|v1|preview)$/, {
      error: ({ input }) =>
        `"${input}" is not a version of Azure's API\nwrite a date like 2024-10-21 or 2025-04-01-preview; remove it for the v1 API`,
    })
    .optional()
    .describe(
      'A dated version selects the older addresses, `/openai/deployments/…?api-version=…`. Default: the v1 API, without a date',
    ),
  deployments: z
    .record(z.string(), z.string().min(1))
    .optional()
    .describe(
      'The model of each deployment, for prices and limits: `{ chat-prod: gpt-5-mini, grok: xai/grok-4 }`. Required for deployments whose name differs from the model. Prices are those of the catalog',
    ),
})

export const azure: ProviderKind = {
  kind: 'azure',
  title: 'Azure OpenAI and Foundry',
  keyName: 'AZURE_OPENAI_API_KEY',
  addressName: 'AZURE_OPENAI_ENDPOINT',
  credential: 'bearer',
  credentialSettings: { header: 'api-key' },
  options,
  inCatalog({ options: written }, model) {
    const { deployments = {} } = options.safeParse(written).data ?? {}
    const name = (Object.hasOwn(deployments, model) ? deployments[model] : undefined) ?? model
    const slash = name.indexOf('/')
    return slash < 0
      ? { vendor: 'openai', model: name }
      : { vendor: name.slice(0, slash), model: name.slice(slash + 1) }
  },
  mistake: mistakeOf,
  create(rule, { dial }) {
    const { apiVersion, deployments = {}, unbilledErrors: written } = options.parse(rule.options)
    // Filtered prompts and time-outs are processed and billed:
    // https://learn.microsoft.com/azure/ai-foundry/openai/how-to/manage-costs
    const unbilled = unbilledAt(rule, written, azureHosts, 'unserved')
    return {
      ...overHttp({
        rule,
        dial,
        dialects: ['openai-chat', 'openai-responses', 'openai-embeddings'],
        departures: { ...departuresOf(apiVersion), unbilledErrors: unbilled },
        addressOf: addressing(rule.baseUrl, apiVersion),
      }),
      // Azure lists the models that could be deployed, not the deployments:
      // https://learn.microsoft.com/rest/api/azureopenai/models/list
      discover: async () => Object.keys(deployments),
    }
  },
}

const azureHosts = [
  '.openai.azure.com',
  '.services.ai.azure.com',
  '.cognitiveservices.azure.com',
  '.api.cognitive.microsoft.com',
]

/**
 * Operations whose older addresses are below a deployment, as in OpenAI's own SDK for Azure. All others name
 * the deployment in the body.
 */
const ofDeployments: ReadonlySet<string> = new Set(['/chat/completions', '/completions', '/embeddings'])

function addressing(
  baseUrl: string,
  apiVersion: string | undefined,
): (path: string, model: string) => string {
  const query = apiVersion === undefined ? '' : `?api-version=${apiVersion}`
  const shape = shapeOf(baseUrl, apiVersion)
  return (path, model) => {
    const isOfDeployment = shape.hasDeployments && ofDeployments.has(path)
    return `${shape.prefix}${isOfDeployment ? `/deployments/${encodeURIComponent(model)}` : ''}${path}${query}`
  }
}

/** The path between the configured address, which may already be complete, and the operation. */
function shapeOf(
  baseUrl: string,
  apiVersion: string | undefined,
): { prefix: string; hasDeployments: boolean } {
  const path = pathOf(baseUrl)
  if (path.endsWith('/openai/v1') || path.endsWith('/models')) return { prefix: '', hasDeployments: false }
  const isV1 = !isDated(apiVersion)
  return { prefix: `${path.endsWith('/openai') ? '' : '/openai'}${isV1 ? '/v1' : ''}`, hasDeployments: !isV1 }
}

/** The first version that supports `stream_options` and `max_completion_tokens`. */
const knowsUsageInStream = '2024-09-01'

function departuresOf(apiVersion: string | undefined): Omit<Departures, 'unbilledErrors'> {
  const isOld = isDated(apiVersion) && apiVersion < knowsUsageInStream
  return {
    usageInStream: !isOld,
    ...(isOld && { outputLimitField: 'max_tokens' }),
    limits: {
      // OpenAI itself now takes longer ones: https://github.com/run-llama/llama_index/pull/18784
      'tool-description': {
        kind: 'text',
        longest: 1024,
        source: 'https://learn.microsoft.com/azure/ai-foundry/openai/how-to/function-calling',
      },
    },
  }
}

function mistakeOf({ baseUrl, options: written }: Place): KindMistake | undefined {
  const { apiVersion } = options.safeParse(written).data ?? {}
  const path = pathOf(baseUrl)
  const example = 'https://RESOURCE.openai.azure.com'
  if (/\/deployments(\/|$)/.test(path))
    return {
      at: 'url',
      message: 'the url names a deployment',
      fix: `write the resource alone, like ${example}; a deployment is a target: azure/DEPLOYMENT`,
    }
  if (/\/(chat\/completions|completions|embeddings|responses)$/.test(path))
    return {
      at: 'url',
      message: 'the url names an operation',
      fix: `write the resource alone, like ${example}`,
    }
  if (path.endsWith('/openai/v1') && isDated(apiVersion))
    return {
      at: 'options',
      message: `"apiVersion: ${apiVersion}" is of the older addresses, but the url ends in /openai/v1`,
      fix: 'leave apiVersion out, or /openai/v1',
    }
  if (path.endsWith('/models') && !isDated(apiVersion))
    return {
      at: 'options',
      message: 'the url ends in /models, which needs an apiVersion',
      fix: `add apiVersion: 2024-05-01-preview, or write the url like ${example}`,
    }
  return undefined
}

const isDated = (apiVersion: string | undefined): apiVersion is string =>
  apiVersion !== undefined && /^\d/.test(apiVersion)

const pathOf = (baseUrl: string): string => URL.parse(baseUrl)?.pathname.replace(/\/+$/, '') ?? ''
