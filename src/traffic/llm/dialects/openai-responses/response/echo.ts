// The members of the request that the response repeats. Clients read the active settings in them.

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import { jsonAt } from '../../../../wire/field.ts'

/**
 * Members that are repeated unchanged, with the default values for absent members.
 * https://platform.openai.com/docs/api-reference/responses/object
 */
const defaults: JsonObject = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  store: true,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
}

export function echoOf(document: JsonDocument): JsonObject {
  const echo: Record<string, Json> = { ...defaults }
  for (const name in defaults) {
    const value = valueOf(document, name)
    if (value !== undefined) echo[name] = value
  }
  return echo
}

function valueOf(document: JsonDocument, name: string): Json | undefined {
  const span = document.members.get(name)
  return span && span.kind !== 'null' ? jsonAt(document, span) : undefined
}
