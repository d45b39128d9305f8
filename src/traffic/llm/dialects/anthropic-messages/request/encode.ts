// Encodes a canonical request for Anthropic. Turns: encode-turns.ts; tools: encode-tools.ts; thinking and
// sampling: encode-reasoning.ts.

import type { EncodeContext, EncodedRequest, GenerateRequest, TextBlock } from '../../../canonical/index.ts'
import { written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import { encodeMembers } from '../../../fields/index.ts'
import { fitRequest } from '../../../fit/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { encodeMessages } from './encode-turns.ts'
import { writeCache, limitCacheMarks } from './cache.ts'
import { writeText } from './encode-blocks.ts'
import { encodeTools } from './encode-tools.ts'
import { enforceableSchema } from './schema.ts'
import { refusesPrefill, thinkingOf } from './encode-reasoning.ts'
import { table } from './table.ts'
import { messagesPath } from './forward.ts'

/**
 * Anthropic requires a limit. This one is for targets with an unknown limit; every Claude model accepts it.
 */
const usualMaxTokens = 4096

/** @throws GatewayError `unsupported`, `bad-request` */
export function encodeRequest(given: GenerateRequest, context: EncodeContext): EncodedRequest {
  const { notes, target } = context
  const request = fitRequest(given, 'anthropic-messages', context)
  const { output, cache, serviceTier, isStreaming } = request
  if (request.turns.at(-1)?.role === 'assistant' && refusesPrefill(request.model))
    notes.drop('prefill', 'since Claude 4.6')
  const maxTokens = request.maxOutputTokens ?? target.maxOutputTokens ?? usualMaxTokens
  const { thinking, effort, sampling } = thinkingOf(request, maxTokens, notes)
  const members = {
    model: request.model,
    max_tokens: maxTokens,
    system: systemOf(request, notes),
    messages: encodeMessages(request.turns, notes),
    ...encodeTools(request, notes),
    thinking,
    output_config: outputConfig(effort, output, notes),
    ...sampling,
    service_tier: tierOf(serviceTier, notes),
    cache_control: writeCache(cache),
    stream: isStreaming ? true : undefined,
  }
  const body = encodeMembers(table.rows, request, members, context)
  return { path: messagesPath, body: JSON.stringify(limitCacheMarks(body, notes)) }
}

/** All instructions of the conversation. If their position is lost, `fitRequest` has recorded that. */
function systemOf({ system, turns }: GenerateRequest, notes: LossNotes): string | JsonObject[] | undefined {
  const blocks: TextBlock[] = []
  for (const turn of [...system, ...turns])
    if (turn.role === 'system' || turn.role === 'developer') blocks.push(...turn.blocks)
  const [only, ...others] = blocks
  if (only === undefined) return undefined
  return others.length === 0 && only.cache === undefined
    ? only.text
    : [only, ...others].map((block) => writeText(block, notes))
}

function outputConfig(
  effort: string | undefined,
  output: GenerateRequest['output'],
  notes: LossNotes,
): JsonObject | undefined {
  const format =
    output?.kind === 'schema' ? { type: 'json_schema', schema: schemaOf(output.schema, notes) } : undefined
  return effort === undefined && format === undefined ? undefined : written({ effort, format })
}

function schemaOf(given: Json, notes: LossNotes): Json {
  const { schema, isLooser } = enforceableSchema(given)
  if (isLooser) notes.drop('schema-bounds')
  return schema
}

/** Anthropic sells flex and priority in other ways. */
function tierOf(tier: string | undefined, notes: LossNotes): string | undefined {
  if (tier === undefined || tier === 'auto') return tier
  if (tier === 'default') return 'standard_only'
  notes.drop('service-tier')
  return undefined
}
