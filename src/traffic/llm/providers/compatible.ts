// Any server that speaks the OpenAI chat dialect: vLLM, SGLang, Ollama, LM Studio, llama.cpp, TGI, and the
// vendors of vendors.ts.

import { z } from 'zod'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { Dial } from '../../../contract/upstream.ts'
import { omitUndefined } from '../canonical/index.ts'
import type { Departures, Provider } from '../provider.ts'
import { urlMistake } from './base-url.ts'
import type { CatalogName, Place, ProviderKind } from './kind.ts'
import { overHttp } from './over-http.ts'
import { unbilledAt, unbilledErrors } from './unbilled.ts'
import { hostsOf, type Vendor, vendorAt, vendors } from './vendors.ts'

const ways = {
  usageInStream: z
    .boolean()
    .optional()
    .describe(
      'Whether it accepts `stream_options: {include_usage: true}`. Set `false` for servers that refuse it: tokens of streams are then estimated',
    ),
  unbilledErrors,
  dialects: z
    .array(z.enum(['openai-chat', 'openai-responses', 'openai-embeddings']))
    .min(1)
    .optional()
    .describe(
      'The APIs of OpenAI that it supports. Other dialects are translated to the first of chat and responses. Default: those of the vendor, else [openai-chat, openai-embeddings]',
    ),
}

const options = z.strictObject({
  vendor: z
    .enum(vendors.map(({ vendor }) => vendor))
    .optional()
    .describe(
      'The vendor whose prices, limits and deviations apply, if the address does not show it (for instance a proxy in front of `groq`)',
    ),
  ...ways,
})

export const compatible: ProviderKind = {
  kind: 'openai-compatible',
  title: 'OpenAI-compatible server',
  credential: 'bearer',
  options,
  inCatalog(rule, model) {
    const vendor = vendorOf(rule)
    return vendor && inCatalogOf(vendor, model)
  },
  reportsCost: (rule) => vendorOf(rule)?.reportsCost ?? false,
  canonicalModel: (rule, model) => vendorOf(rule)?.canonicalModel?.(model) ?? model,
  otherNames: (rule, model) => vendorOf(rule)?.otherNames?.(model) ?? [],
  mistake: (place) => urlMistake(place, 'https://api.example/v1', false),
  create: (rule, { dial }) => created(rule, dial, vendorOf(rule)),
}

/** A variant can cost more than its model: OpenRouter's ":online" charges a fee for searches. */
const inCatalogOf = ({ vendor, hasOwnPrice }: Vendor, model: string): CatalogName | undefined =>
  hasOwnPrice?.(model) ? undefined : { vendor, model }

const ofVendor = z.strictObject(ways)

/**
 * The well-known vendors, each as a kind. The address and the usual name of the key need not be configured.
 */
export const vendorKinds: readonly ProviderKind[] = vendors
  .filter(({ keyName, isLocal }) => keyName !== undefined || isLocal)
  .map((vendor) => ({
    kind: vendor.vendor,
    title: vendor.title,
    baseUrl: vendor.baseUrl,
    ...(vendor.keyName !== undefined && { keyName: vendor.keyName }),
    credential: vendor.isLocal ? 'none' : 'bearer',
    options: ofVendor,
    inCatalog: (_rule, model) => inCatalogOf(vendor, model),
    reportsCost: () => vendor.reportsCost ?? false,
    canonicalModel: (_rule, model) => vendor.canonicalModel?.(model) ?? model,
    otherNames: (_rule, model) => vendor.otherNames?.(model) ?? [],
    mistake: (place) => urlMistake(place, vendor.baseUrl, false),
    create: (rule, { dial }) => created(rule, dial, vendor),
  }))

function created(rule: DestinationRule, dial: Dial, vendor: Vendor | undefined): Provider {
  const { vendor: _, dialects = vendor?.dialects, ...own } = options.parse(rule.options)
  const { unbilledErrors: written, ...rest } = own
  const unbilled = unbilledAt(rule, written, vendor ? hostsOf(vendor) : [])
  const departures: Departures = {
    usageInStream: true,
    ...vendor?.departures,
    ...omitUndefined(rest),
    unbilledErrors: unbilled,
  }
  return overHttp({ rule, dial, departures, ...(dialects && { dialects }) })
}

function vendorOf(rule: Place): Vendor | undefined {
  const named = rule.options['vendor']
  return named === undefined ? vendorAt(rule.baseUrl) : vendors.find(({ vendor }) => vendor === named)
}
