// Any server that speaks the OpenAI chat dialect: vLLM, SGLang, Ollama, LM Studio, llama.cpp, TGI, and the vendors of vendors.ts.

import { z } from 'zod'
import type { Departures } from '../provider.ts'
import type { Place, ProviderKind } from './kind.ts'
import { overHttp } from './over-http.ts'
import { type Vendor, vendorAt, vendors } from './vendors.ts'

const options = z.strictObject({
  vendor: z
    .enum(vendors.map(({ vendor }) => vendor))
    .optional()
    .describe('Whose prices, limits and ways its models have, when the address does not tell (a proxy in front of `groq`)'),
  usageInStream: z
    .boolean()
    .optional()
    .describe('Does it accept `stream_options: {include_usage: true}`? Say no for servers that refuse it; tokens of streams are estimated then'),
  unbilledErrors: z
    .enum(['none', 'unserved', 'refusals', 'all'])
    .optional()
    .describe(
      'Which of its error answers cost nothing: none that we could rely on, those that turn a call away (401, 403, 404, 429), those that refuse a request (4xx), or all',
    ),
  protocols: z
    .array(z.enum(['openai-chat', 'openai-responses']))
    .min(1)
    .optional()
    .describe("Which of OpenAI's APIs it answers; the first is what other dialects are translated to. Default: [openai-chat]"),
})

export const compatible: ProviderKind = {
  kind: 'openai-compatible',
  title: 'OpenAI-compatible server',
  credential: 'bearer',
  options,
  inCatalogue(rule, model) {
    const vendor = vendorOf(rule)?.vendor
    return vendor === undefined ? undefined : { vendor, model }
  },
  create(rule, { dial }) {
    const { usageInStream, unbilledErrors, protocols } = options.parse(rule.options)
    const departures: Departures = {
      usageInStream: true,
      unbilledErrors: 'none',
      ...vendorOf(rule)?.departures,
      ...(usageInStream !== undefined && { usageInStream }),
      ...(unbilledErrors !== undefined && { unbilledErrors }),
    }
    return overHttp({ rule, dial, departures, ...(protocols && { protocols }) })
  },
}

function vendorOf(rule: Place): Vendor | undefined {
  const named = rule.options['vendor']
  return named === undefined ? vendorAt(rule.baseUrl) : vendors.find(({ vendor }) => vendor === named)
}
