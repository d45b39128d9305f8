// The canonical request as a provider of this dialect takes it.

import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  EncodeContext,
  EncodedRequest,
  GenerateRequest,
  OutputFormat,
  Tool,
  ToolChoice,
} from '../../../canonical/index.ts'
import { written } from '../../../../../kit/json.ts'
import { fitRequest } from '../../../fit/index.ts'
import type { CanonicalField } from '../../../fields/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import type { ChatWords } from '../../../provider.ts'
import { fittedTo } from '../../../wire/openai/reasoning-models.ts'
import { strictness, toolStrictness } from '../../../wire/openai/strict-schema.ts'
import { encodeMessages } from './encode-turns.ts'
import { encodeReasoning } from './encode-reasoning.ts'

export function encodeRequest(given: GenerateRequest, context: EncodeContext): EncodedRequest {
  const { notes, departures } = context
  const request = fitRequest(given, 'openai-chat', context)
  const { stop, logprobs, speech, isStreaming, output, toolChoice } = request
  const { words = {} } = departures
  const { reasoning, sampling } = fittedTo(request, notes)
  /** The provider's word for a field, if it takes it. */
  const said = (field: CanonicalField, member: string, value: Json | undefined) =>
    notes.carries(field) ? { [member]: value } : {}
  const body = written({
    model: request.model,
    messages: encodeMessages(request, { notes, words }),
    ...(isStreaming && { stream: true }),
    ...(isStreaming && departures.usageInStream && { stream_options: { include_usage: true } }),
    tools: request.tools?.map((tool) => encodeTool(tool, notes)),
    ...said('tool-choice', 'tool_choice', toolChoice && encodeToolChoice(toolChoice, request.tools ?? [])),
    ...said('parallel-tool-calls', 'parallel_tool_calls', request.parallelToolCalls),
    response_format: output && encodeOutput(output, words, notes),
    ...said('temperature', 'temperature', sampling.temperature),
    ...said('top-p', 'top_p', sampling.topP),
    ...said('top-k', 'top_k', sampling.topK),
    ...said('min-p', 'min_p', sampling.minP),
    ...said('frequency-penalty', 'frequency_penalty', sampling.frequencyPenalty),
    ...said('presence-penalty', 'presence_penalty', sampling.presencePenalty),
    ...said('seed', words.seed ?? 'seed', sampling.seed),
    logit_bias: sampling.logitBias,
    [departures.outputLimitField ?? 'max_completion_tokens']: request.maxOutputTokens,
    stop,
    ...encodeReasoning(reasoning, words, notes),
    ...said('verbosity', 'verbosity', request.verbosity),
    ...said('count', 'n', request.count),
    logprobs: logprobs && true,
    top_logprobs: logprobs && logprobs.top > 0 ? logprobs.top : undefined,
    modalities: modalitiesOf(request.modalities),
    // a format is needed; raw samples are what speakers of other dialects get
    audio: speech && { format: 'pcm16', ...speech },
    ...said('service-tier', 'service_tier', request.serviceTier),
    ...said('user', words.user ?? 'safety_identifier', request.user),
    ...said('metadata', 'metadata', request.metadata),
    ...said('cache-key', 'prompt_cache_key', request.cacheKey),
    ...said('store', 'store', request.store),
  })
  return { path: '/chat/completions', body: JSON.stringify(body) }
}

/** Who speaks writes, too. https://platform.openai.com/docs/guides/audio */
const modalitiesOf = (modalities: GenerateRequest['modalities']) =>
  modalities?.includes('audio') && !modalities.includes('text')
    ? ['text' as const, ...modalities]
    : modalities

function encodeTool(tool: Tool, notes: LossNotes): Json {
  if (tool.kind === 'native') return tool.native.value
  const { name, description } = tool
  if (tool.kind === 'function')
    return {
      type: 'function',
      function: written({
        name,
        description,
        parameters: tool.parameters,
        strict: notes.carries('strict-tool') ? toolStrictness(tool, notes) : undefined,
      }),
    }
  const { grammar } = tool
  return {
    type: 'custom',
    custom: written({ name, description, format: grammar && { type: 'grammar', grammar } }),
  }
}

function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): Json {
  if (choice.kind === 'tool') return named(choice.name, tools)
  if (choice.kind !== 'allowed') return choice.kind
  const mode = choice.isRequired ? 'required' : 'auto'
  return {
    type: 'allowed_tools',
    allowed_tools: { mode, tools: choice.names.map((name) => named(name, tools)) },
  }
}

function named(name: string, tools: readonly Tool[]): JsonObject {
  const isCustom = tools.some((tool) => tool.kind === 'custom' && tool.name === name)
  return isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } }
}

function encodeOutput(output: OutputFormat, { json }: ChatWords, notes: LossNotes): JsonObject {
  if (output.kind === 'json' && json !== undefined)
    return { type: json, json_schema: { name: 'answer', schema: { type: 'object' } } }
  if (output.kind !== 'schema') return { type: output.kind === 'json' ? 'json_object' : 'text' }
  const { schema, name = 'answer', description } = output
  const isStrict = strictness(output, notes)
  return { type: 'json_schema', json_schema: written({ name, description, schema, strict: isStrict }) }
}
