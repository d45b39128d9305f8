// Reads a chat completion request for demo models. Unknown members are ignored, as by a lenient server.

import { type Content, requestShape, type RequestShape } from './request-shape.ts'
import { parsed, RequestFault } from './request-fault.ts'
import { countTokens } from './tokens.ts'

export interface DemoRequest {
  model: string
  messages: readonly DemoMessage[]
  tools: readonly DemoTool[]
  choice: { kind: 'auto' | 'none' | 'required' } | { kind: 'named'; name: string }
  isParallel: boolean
  isStreaming: boolean
  tellsUsage: boolean
  /** The most tokens per choice. */
  limit: number
  answers: number
  stops: readonly string[]
  format: { kind: 'text' } | { kind: 'object' } | { kind: 'schema'; schema: unknown }
  /** Alternatives per token. Undefined means that no log-probabilities are requested. */
  alternatives: number | undefined
  promptTokens: number
}

export interface DemoMessage {
  role: string
  text: string
  calls: readonly { id: string; name: string; arguments: string }[]
  /** For a tool's result: the id of its call. */
  callId: string | undefined
}

export interface DemoTool {
  name: string
  description: string
  parameters: unknown
}

export const contextWindow = 128_000
const mostOutput = 4096

/** The request, or a refusal in the cases in which OpenAI refuses, too. */
export function readRequest(body: Uint8Array | string): DemoRequest | RequestFault {
  try {
    return read(body)
  } catch (fault) {
    if (fault instanceof RequestFault) return fault
    throw fault
  }
}

function read(body: Uint8Array | string): DemoRequest {
  const result = requestShape.safeParse(parsed(body))
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new RequestFault(`Invalid value: ${issue?.message ?? 'unreadable'}.`, issue?.path.join('.') || null)
  }
  const request = result.data
  const messages = request.messages.map((message) => ({
    role: message.role,
    text: textOf(message.content),
    calls: (message.tool_calls ?? []).map((call) => ({
      id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
    })),
    callId: message.tool_call_id,
  }))
  const tools = (request.tools ?? []).map((tool) => ({
    name: tool.function.name,
    description: tool.function.description ?? '',
    parameters: tool.function.parameters ?? {},
  }))
  const promptTokens = promptTokensOf(messages, tools)
  if (promptTokens > contextWindow) {
    const message = `This model's maximum context length is ${contextWindow} tokens. However, your messages resulted in ${promptTokens} tokens.`
    throw new RequestFault(message, 'messages', 'context_length_exceeded')
  }
  return {
    model: request.model,
    messages,
    tools,
    choice: choiceOf(request.tool_choice ?? (tools.length > 0 ? 'auto' : 'none'), tools),
    isParallel: request.parallel_tool_calls ?? true,
    isStreaming: request.stream ?? false,
    tellsUsage: request.stream_options?.include_usage ?? false,
    limit: Math.min(request.max_completion_tokens ?? request.max_tokens ?? mostOutput, mostOutput),
    answers: request.n ?? 1,
    stops: typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []),
    format: formatOf(request.response_format),
    alternatives: request.logprobs ? (request.top_logprobs ?? 0) : undefined,
    promptTokens,
  }
}

const textOf = (value: Content): string =>
  typeof value === 'string' ? value : (value ?? []).flatMap((one) => one.text ?? one.refusal ?? []).join('\n')

function choiceOf(
  choice: 'auto' | 'none' | 'required' | { function: { name: string } },
  tools: readonly DemoTool[],
): DemoRequest['choice'] {
  if (typeof choice === 'string') {
    if (choice === 'required' && tools.length === 0)
      throw new RequestFault("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice')
    return { kind: choice }
  }
  const { name } = choice.function
  if (!tools.some((one) => one.name === name))
    throw new RequestFault(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice')
  return { kind: 'named', name }
}

function formatOf(format: RequestShape['response_format']): DemoRequest['format'] {
  if (format?.type === 'json_object') return { kind: 'object' }
  if (format?.type === 'json_schema') return { kind: 'schema', schema: format.json_schema?.schema ?? {} }
  return { kind: 'text' }
}

/**
 * Adds a few tokens for every message, as vendors do. Parts that are not text (images) are not read or
 * counted.
 */
function promptTokensOf(messages: readonly DemoMessage[], tools: readonly DemoTool[]): number {
  const spoken = messages.reduce(
    (sum, { text, calls }) =>
      sum +
      4 +
      countTokens(text) +
      calls.reduce((inner, one) => inner + countTokens(one.name + one.arguments), 0),
    3,
  )
  return spoken + (tools.length === 0 ? 0 : countTokens(JSON.stringify(tools)))
}
