// Models: names that clients ask for, over targets; and prices of one's own.

import { z } from 'zod'
import { parseUsd } from '../../../kit/money.ts'
import { count, fields, told } from '../values.ts'
import { own } from './access.ts'
import { traits } from './destination.ts'
import { retry } from './server.ts'

/** USD in YAML → nano-dollars; exact, because parseUsd reads the decimal digits. */
const usd = z.union([z.number(), z.string()]).transform((value, context) => {
  try {
    const nano = Number(parseUsd(value))
    if (Number.isSafeInteger(nano) && nano >= 0) return nano
  } catch {
    // told below, with the value
  }
  context.addIssue({
    code: 'custom',
    message: told(
      `"${String(value)}" is not an amount in US dollars`,
      'write it like 0.25; for tokens it is per million',
    ),
  })
  return z.NEVER
})

/** Fees by the unit's name, as vendors and modules of traffic count them. */
const fees = z.record(z.string(), usd).superRefine((written, context) => {
  for (const name of Object.keys(written)) {
    if (name === 'request') {
      const message = told(
        '"request" is not a fee',
        'write "request" next to "fees": the price of each request',
      )
      context.addIssue({ code: 'custom', path: [name], message })
    } else if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
      const message = told(
        `"${name}" is not a unit`,
        'write it in small letters, like web_search, image or second',
      )
      context.addIssue({ code: 'custom', path: [name], message })
    }
  }
})

const rates = {
  cacheRead: usd.optional().describe('Input read from the cache. Absent: the price of input.'),
  cacheWrite: usd.optional().describe('Input written to the cache.'),
  cacheWriteLong: usd.optional().describe('Input written to the cache for an hour.'),
  inputAudio: usd.optional().describe('Audio in the input. Absent: the price of input.'),
  outputAudio: usd.optional().describe('Audio in the output. Absent: the price of output.'),
  request: usd.optional().describe('Per request, not per million.'),
}

const priceRow = fields({
  input: usd
    .optional()
    .describe(
      'USD per million tokens of input; with `output`, or neither. Neither: the price goes over the catalog’s, which may have one for tokens.',
    ),
  output: usd.optional().describe('USD per million tokens of output.'),
  ...rates,
  cacheWrite12h: usd
    .optional()
    .describe('Input written to the cache for twelve hours. Absent: calls that do so have no known price.'),
  fees: fees
    .optional()
    .describe(
      'USD per unit, by the unit’s name: `image`, `second`, `character`; `web_search` by the search, `grounded_prompt` by the prompt that Google grounded, `file_search`. Absent: the catalog’s. A unit that is used and not named has no known price.',
    ),
  factors: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), z.number().min(0).max(1000))
    .optional()
    .describe(
      'By what the rates of tokens are multiplied on other terms than the usual: `{ flex: 0.5, priority: 2 }` (tiers of service), `fast`, `geo-us`. Absent: the catalog’s. Calls on terms that are not priced are refused under a hard budget, and count as unpriced otherwise.',
    ),
  tiers: z
    .array(
      fields({
        above: count.describe('Tokens of input beyond which these rates hold for the whole call.'),
        input: usd.optional().describe('Absent: the plain rate, as for all of them.'),
        output: usd.optional().describe('USD per million tokens of output.'),
        ...rates,
      }),
    )
    .optional()
    .describe('Rates for calls with much input.'),
}).superRefine((written, context) => {
  if (Object.keys(written).length === 0) {
    const cure =
      'write { input: 0.25, output: 2 } for tokens, { request: 0.002 } or { fees: { image: 0.04 } } for others, or free'
    context.addIssue({ code: 'custom', message: told('the price is empty', cure) })
  }
  for (const [name, other] of [['input', 'output'] as const, ['output', 'input'] as const]) {
    if (written[name] !== undefined || written[other] === undefined) continue
    context.addIssue({
      code: 'custom',
      path: [name],
      message: told('it is missing', `write a number: a price of tokens has "${name}" and "${other}"`),
    })
  }
})

export const price = z.union([
  priceRow,
  z
    .literal('free', {
      error: () =>
        told(
          'this is not a price',
          'write free, or a map like { input: 0.25, output: 2 } in USD per million tokens',
        ),
    })
    .describe('Whatever a call uses costs nothing.'),
])
export type PriceConfig = z.output<typeof price>

export const targetName = z.string().regex(/^[^/\s]+\/\S+$/, {
  error: (issue) =>
    told(`"${String(issue.input)}" is not a target`, 'write provider/model, like openai/gpt-5-mini'),
})

const target = fields({
  target: targetName.describe('`provider/model`.'),
  weight: z
    .number()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Its share under the strategy `weighted`. Default: 1.'),
  price: price
    .optional()
    .describe('Its price, over the catalog’s and `prices`; `free`: whatever a call uses costs nothing.'),
  traits: traits.optional().describe('Besides those of its provider.'),
  contextWindow: count.optional().describe('Tokens, over the catalog’s.'),
  maxOutputTokens: count.optional().describe('Tokens, over the catalog’s.'),
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

const full = fields({
  strategy: z.string().min(1).default('first').describe('How targets are ordered.'),
  targets: z
    .array(z.union([targetName.transform((name) => ({ target: name })), target]))
    .min(1, { error: () => told('a model needs a target', 'name at least one provider/model') })
    .describe('Upstream models, `provider/model` or with settings.'),
  fallbackOn: z
    .array(z.enum(triggers))
    .optional()
    .describe(
      `What moves a call on to the next target: ${triggers.join(', ')}. Default: error, timeout, rate-limit.`,
    ),
  retry: retry.optional().describe('Further tries at the same target.'),
  ...own,
})

export const model = z.union([
  targetName.transform((name): ModelConfig => ({ strategy: 'first', targets: [{ target: name }] })),
  full,
])
export type ModelConfig = z.output<typeof full>
