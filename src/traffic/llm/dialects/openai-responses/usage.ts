// Token counts of a response, and the fees of its server tools. Counts that are not reported stay absent.

import type { Usage } from '../../../../contract/usage.ts'
import { elements, members, stringAt } from '../../../../kit/json-spans.ts'
import type { JsonSource } from '../../../../kit/json-spans.ts'
import { omitUndefined } from '../../canonical/index.ts'
import { firstCount, innerFields } from '../../wire/counts.ts'
import type { Fields } from '../../../wire/field.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import { reportedNano } from '../../wire/reported-cost.ts'
import { termIn } from '../../wire/tier.ts'

/**
 * @param response members of the response object. @returns undefined when it reports no usage. @throws
 * JsonFault for a repeated key
 */
export function readUsage(source: JsonSource, response: Fields): Usage | undefined {
  const span = response.get('usage')
  if (span?.kind !== 'object') return undefined
  const fields = members(source, span)
  const input = innerFields(source, fields, 'input_tokens_details')
  const output = innerFields(source, fields, 'output_tokens_details')
  const count = (from: Fields, ...names: string[]) => firstCount(source, from, names)
  const inputTokens = count(fields, 'input_tokens')
  const counts = {
    inputTokens,
    outputTokens: outputTokens(inputTokens, count(fields, 'output_tokens'), count(fields, 'total_tokens')),
    cacheReadTokens: atMost(inputTokens, count(input, 'cached_tokens')),
    cacheWriteTokens: atMost(inputTokens, count(input, 'cache_write_tokens', 'cache_creation_tokens')),
    cacheWrite12hTokens: count(innerFields(source, input, 'cache_write_tokens_details'), 'ttl_12h_tokens'),
    reasoningTokens: count(output, 'reasoning_tokens'),
    inputAudioTokens: count(input, 'audio_tokens'),
    outputAudioTokens: count(output, 'audio_tokens'),
  }
  const fees = feesOf(source, response)
  const term = termIn(source, response)
  return {
    ...omitUndefined(counts),
    ...omitUndefined({ reportedNano: reportedNano(source, fields) }),
    ...(fees ? { fees } : {}),
    ...(term === undefined ? {} : { terms: [term] }),
  }
}

/** Compatible servers leave reasoning out of the output and count it in the total only. */
function outputTokens(
  input: number | undefined,
  output: number | undefined,
  total: number | undefined,
): number | undefined {
  if (output === undefined || input === undefined || total === undefined) return output
  return Math.max(output, total - input)
}

const atMost = (most: number | undefined, value: number | undefined) =>
  most === undefined || value === undefined ? value : Math.min(most, value)

/** Billed by the call: https://developers.openai.com/api/docs/pricing */
const feeOfItem: Readonly<Record<string, string>> = {
  web_search_call: 'web_search',
  file_search_call: 'file_search',
}

function feesOf(source: JsonSource, response: Fields): Record<string, number> | undefined {
  const output = response.get('output')
  if (output?.kind !== 'array') return undefined
  const fees: Record<string, number> = {}
  for (const item of elements(source, output)) {
    if (item.kind !== 'object') continue
    const fields = members(source, item)
    const word = wordOf(source, fields) ?? ''
    const fee = Object.hasOwn(feeOfItem, word) ? feeOfItem[word] : undefined
    if (fee !== undefined && isPaid(source, fields)) fees[fee] = (fees[fee] ?? 0) + 1
  }
  return Object.keys(fees).length > 0 ? fees : undefined
}

/**
 * Only the searches of a search call cost a fee, not opening a page or searching in it:
 * https://developers.openai.com/api/docs/guides/tools-web-search
 */
const isPaid = (source: JsonSource, item: Fields) =>
  (wordOf(source, innerFields(source, item, 'action')) ?? 'search') === 'search'

function wordOf(source: JsonSource, fields: Fields): string | undefined {
  const type = fields.get('type')
  return type?.kind === 'string' ? stringAt(source, type) : undefined
}

/** Its members are numbers, so counts that were not reported are 0. */
export function writeUsage({
  inputTokens = 0,
  outputTokens = 0,
  cacheReadTokens = 0,
  cacheWriteTokens = 0,
  reasoningTokens = 0,
}: Usage): JsonObject {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  }
}
