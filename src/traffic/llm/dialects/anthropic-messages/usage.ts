// Token counts in Anthropic's format, with separate counts for the three parts of the input (plain, written
// to the cache, read from it).
// https://docs.claude.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance

import type { Usage } from '../../../../contract/usage.ts'
import { countIn, objectIn, objectsIn, textIn } from '../../../../kit/json.ts'
import { omitUndefined } from '../../canonical/index.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import { termOfTier } from '../../wire/tier.ts'

export function readUsage(given: JsonObject): Usage {
  const { own, others } = withIterations(given)
  return {
    ...countsOf(own),
    ...(others.length > 0 && {
      others: others.map((each) => ({ model: textIn(each['model']) ?? '', usage: countsOf(each) })),
    }),
  }
}

function countsOf(usage: JsonObject): Omit<Usage, 'others'> {
  const split = objectIn(usage['cache_creation']) ?? {}
  const long = countIn(split['ephemeral_1h_input_tokens'])
  const short = countIn(split['ephemeral_5m_input_tokens'])
  const cacheWriteTokens =
    countIn(usage['cache_creation_input_tokens']) ??
    (long === undefined && short === undefined ? undefined : (long ?? 0) + (short ?? 0))
  const cacheReadTokens = countIn(usage['cache_read_input_tokens'])
  const plain = countIn(usage['input_tokens'])
  const searches = countIn(objectIn(usage['server_tool_use'])?.['web_search_requests'])
  const terms = termsOf({
    tier: termOfTier(textIn(usage['service_tier'])),
    speed: textIn(usage['speed']),
    geo: textIn(usage['inference_geo']),
  })
  return {
    ...omitUndefined({
      inputTokens: plain === undefined ? undefined : plain + (cacheWriteTokens ?? 0) + (cacheReadTokens ?? 0),
      outputTokens: countIn(usage['output_tokens']),
      cacheReadTokens,
      cacheWriteTokens,
      cacheWriteLongTokens: long,
      reasoningTokens: countIn(objectIn(usage['output_tokens_details'])?.['thinking_tokens']),
    }),
    ...(searches ? { fees: { web_search: searches } } : {}),
    ...(terms.length > 0 ? { terms } : {}),
  }
}

const counts = [
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
] as const
const lifetimes = ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens'] as const

/**
 * A response can take several samplings: compacting a long conversation, asking an advisor, falling back to
 * another model after a refusal. Each is billed at the price of its model. The top-level counts include only
 * the samplings of type "message". https://platform.claude.com/docs/en/build-with-claude/compaction,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/advisor-tool
 */
function withIterations(usage: JsonObject): { own: JsonObject; others: readonly JsonObject[] } {
  const iterations = objectsIn(usage['iterations'])
  if (iterations.length === 0) return { own: usage, others: [] }
  const others = iterations.filter(isOthers)
  const messages = iterations.filter(({ type }) => type === 'message')
  const rest = iterations.filter((each) => !isOthers(each) && each['type'] !== 'message')
  // After a fallback, the top-level counts are those of the model that served the response.
  const own = others.some(({ type }) => type === 'fallback_message')
    ? { ...usage, ...summed(nothingUsed, messages) }
    : usage
  return { own: rest.length === 0 ? own : { ...own, ...summed(own, rest) }, others }
}

const nothingUsed: JsonObject = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
}

/** Usage of a model other than the requested one. */
const isOthers = ({ type, model }: JsonObject): boolean =>
  type !== 'message' && type !== 'compaction' && textIn(model) !== undefined

function summed(first: JsonObject, others: readonly JsonObject[]): JsonObject {
  return {
    ...sums(first, others, counts),
    cache_creation: sums(splitOf(first), others.map(splitOf), lifetimes),
  }
}

const splitOf = (usage: JsonObject): JsonObject => objectIn(usage['cache_creation']) ?? {}

function sums(top: JsonObject, others: readonly JsonObject[], names: readonly string[]): JsonObject {
  const known = names.filter((name) => [top, ...others].some((each) => countIn(each[name]) !== undefined))
  return Object.fromEntries(
    known.map((name) => [name, [top, ...others].reduce((sum, each) => sum + (countIn(each[name]) ?? 0), 0)]),
  )
}

/** The counts that are known before the output. Their count of output is provisional and is left out. */
export function readStartUsage(usage: JsonObject): Usage {
  const { outputTokens: _provisional, reasoningTokens: _none, ...known } = readUsage(usage)
  return known
}

/** A stream's counts: those of `message_delta` replace those of `message_start`. */
export function mergeUsage(start: JsonObject | undefined, delta: JsonObject): JsonObject {
  return { ...start, ...Object.fromEntries(Object.entries(delta).filter(([, value]) => value !== null)) }
}

/** The counts in Anthropic's format. SDKs always expect input and output. */
export function writeUsage(usage: Usage): JsonObject {
  const {
    inputTokens,
    outputTokens = 0,
    cacheReadTokens,
    cacheWriteTokens = 0,
    cacheWriteLongTokens,
    reasoningTokens,
    fees,
  } = usage
  const searches = fees?.['web_search']
  const read = cacheReadTokens ?? 0
  // The sum of the three parts is the total. OpenRouter counts tokens that a call both wrote and read in both
  // parts.
  const whole = inputTokens ?? read + cacheWriteTokens
  const newlyWritten = Math.min(cacheWriteTokens, Math.max(0, whole - read))
  return {
    input_tokens: Math.max(0, whole - read - newlyWritten),
    cache_creation_input_tokens: newlyWritten,
    cache_read_input_tokens: read,
    ...(cacheWriteLongTokens === undefined
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: Math.max(0, newlyWritten - cacheWriteLongTokens),
            ephemeral_1h_input_tokens: Math.min(newlyWritten, cacheWriteLongTokens),
          },
        }),
    output_tokens: outputTokens,
    ...(reasoningTokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoningTokens } }),
    ...(searches === undefined
      ? {}
      : { server_tool_use: { web_search_requests: searches, web_fetch_requests: 0 } }),
  }
}

/**
 * The terms that change the rates of a call: its tier, faster inference, and inference that stays in one
 * region. https://platform.claude.com/docs/en/about-claude/pricing,
 * https://platform.claude.com/docs/en/build-with-claude/fast-mode
 */
export interface Terms {
  tier: string | undefined
  speed: string | undefined
  geo: string | undefined
}

/** Requests and responses use the same names. @param tier as read by wire/tier.ts */
export const termsOf = ({ tier, speed, geo }: Terms): readonly string[] => [
  ...(tier === undefined ? [] : [tier]),
  ...(speed === undefined || speed === 'standard' ? [] : [word(speed)]),
  ...(geo === undefined || anywhere.has(geo) ? [] : [`geo-${word(geo)}`]),
]

/** `not_available`: models that are too old to have a region. */
const anywhere: ReadonlySet<string> = new Set(['global', 'not_available'])

const word = (text: string) => text.toLowerCase().slice(0, 24)
