// Models (names that clients request, each with its targets) and your own prices.

import { z } from 'zod'
import { parseUsd } from '../../../kit/money.ts'
import { count, strictFields, withFix } from '../values.ts'
import { own } from './access.ts'
import { traits } from './destination.ts'
import { retry } from './server.ts'

/** USD in YAML → nano-dollars; exact, because parseUsd reads the decimal digits. */
const usd = z.union([z.number(), z.string()]).transform((value, context) => {
  try {
    const nano = Number(parseUsd(value))
    if (Number.isSafeInteger(nano) && nano >= 0) return nano
  } catch {
    // reported below, with the value
  }
  context.addIssue({
    code: 'custom',
    message: withFix(
      `"${String(value)}" is not an amount in US dollars`,
      'write it like 0.25; for tokens it is per million',
    ),
  })
  return z.NEVER
})

/** Fees by the name of the unit, as vendors and traffic modules count them. */
const fees = z.record(z.string(), usd).superRefine((written, context) => {
  for (const name of Object.keys(written)) {
    if (name === 'request') {
      const message = withFix(
        '"request" is not a fee',
        'write "request" next to "fees"; it is the price of each request',
      )
      context.addIssue({ code: 'custom', path: [name], message })
    } else if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
      const message = withFix(
        `"${name}" is not a unit`,
        'write it in lower case, like web_search, image or second',
      )
      context.addIssue({ code: 'custom', path: [name], message })
    }
  }
})

const rates = {
  cacheRead: usd.optional().describe('Input read from the cache. Default: the price of input.'),
  cacheWrite: usd.optional().describe('Input written to the cache.'),
  cacheWriteLong: usd.optional().describe('Input written to the cache for an hour.'),
  inputAudio: usd.optional().describe('Audio in the input. Default: the price of input.'),
  outputAudio: usd.optional().describe('Audio in the output. Default: the price of output.'),
  request: usd.optional().describe('Per request, not per million.'),
}

const priceRow = strictFields({
  input: usd
    .optional()
    .describe(
      'USD per million input tokens. Set `input` and `output` together. Without both, the price of tokens is the catalog’s, if it has one.',
    ),
  output: usd.optional().describe('USD per million tokens of output.'),
  ...rates,
  cacheWrite12h: usd
    .optional()
    .describe('Input written to the cache for twelve hours. Absent: calls that do so have no known price.'),
  fees: fees
    .optional()
    .describe(
      'USD per unit, by the name of the unit: `image`, `second`, `character`, `web_search` (each search), `grounded_prompt` (each prompt that Google grounded), `file_search`. Default: the catalog’s. A unit that a call uses and this map lacks has no known price.',
    ),
  factors: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), z.number().min(0).max(1000))
    .optional()
    .describe(
      'Factors of the token rates for other terms of service: `{ flex: 0.5, priority: 2 }` (service tiers), `fast`, `geo-us`. Default: the catalog’s. If the terms of a call have no factor, a hard budget refuses the call, and otherwise the call counts as unpriced.',
    ),
  tiers: z
    .array(
      strictFields({
        above: count.describe('The number of input tokens above which these rates apply to the whole call.'),
        input: usd
          .optional()
          .describe('USD per million input tokens. Every missing rate is the one without tiers.'),
        output: usd.optional().describe('USD per million tokens of output.'),
        ...rates,
      }),
    )
    .optional()
    .describe('Rates for calls with long input.'),
}).superRefine((written, context) => {
  if (Object.keys(written).length === 0) {
    const fix =
      'write { input: 0.25, output: 2 } for tokens, { request: 0.002 } or { fees: { image: 0.04 } } for others, or free'
    context.addIssue({ code: 'custom', message: withFix('the price is empty', fix) })
  }
  for (const [name, other] of [['input', 'output'] as const, ['output', 'input'] as const]) {
    if (written[name] !== undefined || written[other] === undefined) continue
    context.addIssue({
      code: 'custom',
      path: [name],
      message: withFix('it is missing', `write a number: a price of tokens has "${name}" and "${other}"`),
    })
  }
})

export const price = z.union([
  priceRow,
  z
    .literal('free', {
      error: () =>
        withFix(
          'this is not a price',
          'write free, or a map like { input: 0.25, output: 2 } in USD per million tokens',
        ),
    })
    .describe('Calls cost nothing.'),
])
export type PriceConfig = z.output<typeof price>

export const targetName = z.string().regex(/^[^/\s]+\/\S+$/, {
  error: (issue) =>
    withFix(`"${String(issue.input)}" is not a target`, 'write provider/model, like openai/gpt-5-mini'),
})

const target = strictFields({
  target: targetName.describe('`provider/model`.'),
  weight: z
    .number()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('The share of the target under the strategy `weighted`. Default: 1.'),
  price: price
    .optional()
    .describe(
      'The price of the target, instead of those in the catalog and under `prices`. `free`: calls cost nothing.',
    ),
  traits: traits.optional().describe('Traits of the target, in addition to those of its provider.'),
  contextWindow: count.optional().describe('Context window in tokens, instead of the catalog’s.'),
  maxOutputTokens: count.optional().describe('Largest output in tokens, instead of the catalog’s.'),
})

const triggers = [
  'error',
  'timeout',
  'rate-limit',
  'context-window',
  'content-policy',
  'credential',
  'cost',
] as const

const full = strictFields({
  strategy: z.string().min(1).default('first').describe('The order of the targets.'),
  targets: z
    .array(z.union([targetName.transform((name) => ({ target: name })), target]))
    .min(1, { error: () => withFix('a model needs a target', 'name at least one provider/model') })
    .describe('Upstream models, written `provider/model` or as a map with settings.'),
  fallbackOn: z
    .array(z.enum(triggers))
    .optional()
    .describe(
      `Failures after which the next target is tried: ${triggers.join(', ')}. Default: error, timeout, rate-limit.`,
    ),
  retry: retry.optional().describe('Retries at the same target.'),
  ...own,
})

export const model = z.union([
  targetName.transform((name): ModelConfig => ({ strategy: 'first', targets: [{ target: name }] })),
  full,
])
export type ModelConfig = z.output<typeof full>
