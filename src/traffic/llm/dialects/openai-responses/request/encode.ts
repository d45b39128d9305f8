// Encodes the canonical request for a provider of this dialect.

import { written } from '../../../../../kit/json.ts'
import { effortOf } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  EncodeContext,
  EncodedRequest,
  GenerateRequest,
  OutputFormat,
  ReasoningSettings,
  Tool,
  ToolChoice,
} from '../../../canonical/index.ts'
import { encodeMembers } from '../../../fields/index.ts'
import { fitRequest } from '../../../fit/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { fittedTo } from '../../../wire/openai/reasoning-models.ts'
import { strictness, toolStrictness } from '../../../wire/openai/strict-schema.ts'
import { encodeInput } from './encode-turns.ts'
import { table } from './table.ts'

export function encodeRequest(given: GenerateRequest, context: EncodeContext): EncodedRequest {
  const { notes } = context
  const request = fitRequest(given, 'openai-responses', context)
  const { logprobs, output, toolChoice, tools } = request
  const { reasoning, sampling } = fittedTo(request, notes)
  const { instructions, input } = encodeInput(request, notes)
  const include = [
    ...(logprobs ? ['message.output_text.logprobs'] : []),
    ...(needsProofs(request, reasoning) ? ['reasoning.encrypted_content'] : []),
  ]
  const members = {
    model: request.model,
    instructions,
    input,
    stream: request.isStreaming || undefined,
    tools: tools?.map((tool) => encodeTool(tool, notes)),
    tool_choice: toolChoice && encodeToolChoice(toolChoice, tools ?? []),
    'text.format': output && encodeOutput(output, notes),
    reasoning:
      reasoning &&
      written({
        effort: effortOf(reasoning),
        summary: reasoning.summary === 'none' ? undefined : reasoning.summary,
      }),
    include: include.length > 0 ? include : undefined,
    // OpenAI keeps responses by default. Clients of other dialects have not requested that.
    store: request.store ?? false,
  }
  const body = encodeMembers(table.rows, { ...request, sampling }, members, context)
  return { path: '/responses', body: JSON.stringify(body) }
}

/**
 * Without it, clients cannot return the reasoning of a model. Models without reasoning refuse this setting.
 */
function needsProofs({ turns, store }: GenerateRequest, reasoning: ReasoningSettings | undefined): boolean {
  if (store === true) return false
  const isWished = reasoning !== undefined && reasoning.effort !== 'none' && Object.keys(reasoning).length > 0
  return (
    isWished ||
    turns.some(({ blocks }) =>
      blocks.some((block) => block.kind === 'reasoning' && block.signature?.dialect === 'openai-responses'),
    )
  )
}

function encodeTool(tool: Tool, notes: LossNotes): Json {
  if (tool.kind === 'native') return tool.native.value
  const { kind: type, name, description } = tool
  if (tool.kind === 'custom')
    return written({ type, name, description, format: tool.grammar && { type: 'grammar', ...tool.grammar } })
  // Absent means strict in this dialect, and not strict in all others.
  return written({
    type,
    name,
    description,
    parameters: tool.parameters ?? noParameters,
    strict: toolStrictness(tool, notes) ?? false,
  })
}

const noParameters = { type: 'object', properties: {} }

function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): Json {
  if (choice.kind === 'tool') return named(choice.name, tools)
  if (choice.kind !== 'allowed') return choice.kind
  return {
    type: 'allowed_tools',
    mode: choice.isRequired ? 'required' : 'auto',
    tools: choice.names.map((name) => named(name, tools)),
  }
}

function named(name: string, tools: readonly Tool[]): JsonObject {
  const kind = tools.find((tool) => tool.name === name)?.kind ?? 'function'
  return kind === 'native' ? { type: name } : { type: kind, name }
}

function encodeOutput(output: OutputFormat, notes: LossNotes): JsonObject {
  if (output.kind !== 'schema') return { type: output.kind === 'json' ? 'json_object' : 'text' }
  const { schema, name = 'answer', description } = output
  const isStrict = strictness(output, notes)
  return written({ type: 'json_schema', name, description, schema, strict: isStrict })
}
