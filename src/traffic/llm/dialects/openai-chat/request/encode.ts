// Encodes the canonical request for a provider of this dialect.

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
import { encodeMembers } from '../../../fields/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import type { ChatWords } from '../../../provider.ts'
import { fittedTo } from '../../../wire/openai/reasoning-models.ts'
import { strictness, toolStrictness } from '../../../wire/openai/strict-schema.ts'
import { encodeMessages } from './encode-turns.ts'
import { encodeReasoning } from './encode-reasoning.ts'
import { table } from './table.ts'

export function encodeRequest(given: GenerateRequest, context: EncodeContext): EncodedRequest {
  const { notes, departures } = context
  const request = fitRequest(given, 'openai-chat', context)
  const { speech, isStreaming, output, toolChoice, tools = [] } = request
  const { words = {} } = departures
  const { reasoning, sampling } = fittedTo(request, notes)
  const members = {
    model: request.model,
    messages: encodeMessages(request, { notes, words }),
    stream: isStreaming || undefined,
    stream_options: isStreaming && departures.usageInStream ? { include_usage: true } : undefined,
    tools: request.tools?.map((tool) => encodeTool(tool, notes)),
    tool_choice: toolChoice && notes.carries('tool-choice') ? encodeToolChoice(toolChoice, tools) : undefined,
    response_format: output && encodeOutput(output, words, notes),
    ...encodeReasoning(reasoning, words, notes),
    modalities: withText(request.modalities),
    // OpenAI requires a format. Clients of other dialects get raw samples.
    audio: speech && { format: 'pcm16', ...speech },
  }
  const body = encodeMembers(table.rows, { ...request, sampling }, members, context)
  return { path: '/chat/completions', body: JSON.stringify(body) }
}

/** Audio output requires text output. https://platform.openai.com/docs/guides/audio */
const withText = (modalities: GenerateRequest['modalities']) =>
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
