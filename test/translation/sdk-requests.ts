// What the official SDKs can send in each dialect, as shapes, and what a request needs around a field to be
// valid.

import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { objectsOf, type Shape, shapeOf } from './sdk-types.ts'

const genai = '@google/genai/dist/genai.d.ts'

/** Sent as headers, so not in the body. */
const headerFields = ['betas', 'anthropic-beta', 'user_profile_id', 'workspace_id']

export const shapes: Readonly<Record<GenerateDialect, () => readonly Shape[]>> = {
  'openai-chat': () => [
    shapeOf('openai/resources/chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase'),
  ],
  'openai-responses': () => [
    shapeOf('openai/resources/responses/responses.d.ts', 'ResponseCreateParamsBase'),
  ],
  'anthropic-messages': () => [
    without(
      shapeOf('@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCreateParamsBase'),
      headerFields,
    ),
    without(
      shapeOf('@anthropic-ai/sdk/resources/beta/messages/messages.d.ts', 'MessageCreateParamsBase'),
      headerFields,
    ),
  ],
  gemini: () => [geminiRequest()],
}

/** Settings that the SDK does not send, or writes outside `generationConfig`. */
const ofTheSdk = ['httpOptions', 'abortSignal', 'automaticFunctionCalling', 'automaticContinuation']
const beside =
  'cachedContent labels serviceTier store continuationToken generationOutputConfig modelArmorConfig'.split(
    ' ',
  )
const spelledOut = [
  'systemInstruction',
  'tools',
  'toolConfig',
  'safetySettings',
  'responseSchema',
  'speechConfig',
  'imageConfig',
]

/** The SDK takes everything in one object, in forms that it normalizes; this is the request that it sends. */
function geminiRequest(): Shape {
  const [all] = objectsOf(shapeOf(genai, 'GenerateContentConfig'))
  const [plain] = objectsOf(shapeOf(genai, 'GenerationConfig'))
  if (!all || !plain) throw new Error('the SDK has no settings')
  const inside = [...all.members].filter(([name]) => ![...ofTheSdk, ...beside, ...spelledOut].includes(name))
  const one = (name: string) => ({ isOptional: true, shape: () => shapeOf(genai, name) })
  const list = (name: string) => ({
    isOptional: true,
    shape: (): Shape => ({ kind: 'list', of: () => shapeOf(genai, name) }),
  })
  const config = new Map([...inside, ...plain.members, ['imageConfig', one('ImageConfig')] as const])
  return {
    kind: 'object',
    members: new Map([
      ...[...all.members].filter(([name]) => beside.includes(name)),
      ['contents', list('Content')],
      ['systemInstruction', one('Content')],
      ['tools', list('Tool')],
      ['toolConfig', one('ToolConfig')],
      ['safetySettings', list('SafetySetting')],
      ['generationConfig', { isOptional: true, shape: () => ({ kind: 'object', members: config }) }],
    ]),
  }
}

function without(shape: Shape, names: readonly string[]): Shape {
  if (shape.kind !== 'object') throw new Error('a request is an object')
  return { kind: 'object', members: new Map([...shape.members].filter(([name]) => !names.includes(name))) }
}

type Members = Record<string, unknown>

const weather = { name: 'sample', description: 'Of a city' }
const noArguments = { type: 'object', properties: {} }

/**
 * Groups of members, one of which is required, by the parent member or by the type. The first is added if
 * none is present.
 */
const oneOf: Readonly<Record<string, readonly [name: string, value: unknown, ...others: string[]]>> = {
  file: ['file_data', 'data:application/pdf;base64,JVBERi0=', 'file_id'],
  input_file: ['file_data', 'data:application/pdf;base64,JVBERi0=', 'file_id', 'file_url'],
  input_image: ['image_url', 'https://example.com/a.png', 'file_id'],
  // tools that the client runs; tools that OpenAI runs are native
  tool_search: ['execution', 'client'],
  function_call_output: ['call_id', 'sample'],
  tool_search_call: ['call_id', 'sample'],
  tool_search_output: ['call_id', 'sample'],
}

/** Values with a required format, by the name of the member. */
const formed: Readonly<Record<string, (sample: unknown) => unknown>> = {
  arguments: (sample) => (typeof sample === 'string' ? JSON.stringify({ city: sample }) : sample),
  parametersJsonSchema: (sample) => ({
    type: 'object',
    properties: { [String(sample)]: { type: 'string' } },
  }),
  parameters: (sample) =>
    typeof sample === 'string' ? { type: 'object', properties: { [sample]: { type: 'string' } } } : sample,
  logit_bias: () => ({ '50256': -100 }),
}

/** One of the allowed tools, in the form of both of OpenAI's dialects. */
const allowed = { type: 'function', name: 'sample', function: { name: 'sample' } }

/** Makes samples valid, at every depth. */
function sensible(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => sensible(each, name))
  const form = Object.hasOwn(formed, name) ? formed[name] : undefined
  if (form) return form(value)
  if (typeof value !== 'object' || value === null) return value
  if (name === 'tools' && Object.keys(value).join() === 'sample') return allowed
  const made: Members = Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, sensible(each, key)]),
  )
  const [first, sample, ...others] = oneOf[typeof made['type'] === 'string' ? made['type'] : name] ?? []
  const isMissing =
    first !== undefined &&
    made['type'] !== 'file' &&
    ![first, ...others].some((key) => made[key] !== undefined)
  return isMissing ? { ...made, [first]: sample } : made
}

/** Adds the surrounding parts: a user message first and last, a tool, the call before its result. */
export const fitted: Readonly<Record<GenerateDialect, (made: Members) => Members>> = {
  'openai-chat': (samples) => {
    const made = objectOf(sensible(samples))
    const [message] = listOf(made['messages'])
    const calls = {
      role: 'assistant',
      tool_calls: [{ id: 'sample', type: 'function', function: { name: 'sample', arguments: '{}' } }],
    }
    const older = { role: 'assistant', function_call: { name: 'sample', arguments: '{}' } }
    const isSilent =
      message?.['role'] === 'assistant' &&
      Object.keys(message).every((name) => name === 'role' || name === 'name')
    const said = isSilent ? { content: 'Hello.' } : {}
    const before = message?.['role'] === 'tool' ? [calls] : message?.['role'] === 'function' ? [older] : []
    return {
      tools: [{ type: 'function', function: weather }],
      ...made,
      model: 'model',
      ...(made['top_logprobs'] === undefined ? {} : { logprobs: true }),
      messages: [question, ...before, ...(message ? [{ ...message, ...said }] : []), question],
    }
  },
  'openai-responses': (samples) => {
    const made = objectOf(sensible(samples))
    const { input } = made
    const [first] = listOf(input)
    const item =
      first?.['type'] === 'tool_search_call' ? { ...first, arguments: { query: first['arguments'] } } : first
    const call = { type: 'function_call', call_id: 'sample', name: 'sample', arguments: '{}' }
    const search = { type: 'tool_search_call', call_id: 'sample', execution: 'client', arguments: {} }
    const custom = { type: 'custom_tool_call', call_id: 'sample', name: 'sample', input: '' }
    const type = item?.['type']
    const calls: Members = {
      function_call_output: call,
      custom_tool_call_output: custom,
      tool_search_output: search,
    }
    const before = typeof type === 'string' && Object.hasOwn(calls, type) ? [calls[type]] : []
    return {
      tools: [{ type: 'function', ...weather, parameters: noArguments, strict: null }],
      ...made,
      model: 'model',
      input: typeof input === 'string' ? input : [question, ...before, ...(item ? [item] : []), question],
    }
  },
  'anthropic-messages': (samples) => {
    const made = objectOf(sensible(samples))
    const [message] = listOf(made['messages'])
    const blocks = listOf(message?.['content']).map((each) =>
      each['type'] === 'tool_use' ? { ...each, input: { city: each['input'] } } : each,
    )
    const [block] = blocks
    const kind = String(block?.['type'])
    const isAssistants =
      /thinking|tool_use|^(?:web|code|bash|text_editor|advisor|tool_search|mcp).*_result$/.test(kind)
    const isResult = kind === 'tool_result'
    const role = isAssistants ? 'assistant' : isResult ? 'user' : message?.['role']
    const content = blocks.length > 0 ? { content: blocks } : {}
    const call = {
      role: 'assistant',
      content: [{ type: 'tool_use', id: 'sample', name: 'sample', input: {} }],
    }
    const before = isResult ? [call] : []
    return {
      tools: [{ ...weather, input_schema: noArguments }],
      ...made,
      model: 'model',
      max_tokens: made['max_tokens'] ?? 4096,
      messages: [question, ...before, ...(message ? [{ ...message, ...content, role }] : []), question],
    }
  },
  gemini: (samples) => {
    const made = objectOf(sensible(samples))
    const [content] = listOf(made['contents'])
    const [given] = listOf(content?.['parts'])
    const part = given && { ...filledPart(given) }
    const system = listOf(objectOf(made['systemInstruction'])['parts']).map((each) => ({
      text: 'Be kind.',
      ...each,
    }))
    const config = objectOf(made['generationConfig'])
    const asked = { role: 'user', parts: [{ text: 'Hi' }] }
    const response = part?.['functionResponse']
    const call = { role: 'model', parts: [{ functionCall: { name: 'sample', id: 'sample' } }] }
    const role = ['functionCall', 'thought', 'thoughtSignature', 'executableCode'].some(
      (name) => part?.[name] !== undefined,
    )
      ? 'model'
      : 'user'
    return {
      tools: [{ functionDeclarations: [weather] }],
      ...made,
      ...(made['tools'] === undefined ? {} : { tools: listOf(made['tools']).map(filledTool) }),
      ...(system.length > 0 && {
        systemInstruction: { ...objectOf(made['systemInstruction']), parts: system },
      }),
      ...(config['logprobs'] !== undefined && { generationConfig: { ...config, responseLogprobs: true } }),
      contents: [asked, ...(response ? [call] : []), ...(part ? [{ role, parts: [part] }] : []), asked],
    }
  },
}

/** Google's types require nothing, and its API requires a lot. */
function filledPart(part: Members): Members {
  const filled = Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, { ...needs[name], ...objectOf(value) }]),
  )
  const response = filled['functionResponse']
  const inner = response && {
    ...response,
    ...(listOf(response['parts']).length > 0 && { parts: listOf(response['parts']).map(filledPart) }),
  }
  const isData = Object.keys(part).some(
    (name) => name === 'text' || name === 'toolCall' || name === 'toolResponse' || name in needs,
  )
  const kept = Object.entries(part).filter(([name]) => !(name in needs))
  const said = Object.entries(filled).filter(([name]) => name in needs)
  return {
    ...(isData ? {} : { text: 'Hello.' }),
    ...Object.fromEntries([...kept, ...said]),
    ...(inner && { functionResponse: inner }),
  }
}

const needs: Readonly<Record<string, Members>> = {
  inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' },
  fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' },
  functionCall: { name: 'sample' },
  functionResponse: { name: 'sample', id: 'sample' },
  executableCode: {},
  codeExecutionResult: {},
}

const filledTool = (tool: Members): Members =>
  tool['functionDeclarations'] === undefined
    ? tool
    : {
        functionDeclarations: listOf(tool['functionDeclarations']).map((each) => ({
          name: 'sample',
          ...each,
        })),
      }

const question = { role: 'user', content: 'Hi' }

const objectOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? { ...value } : {}
const listOf = (value: unknown): Members[] => (Array.isArray(value) ? value.map(objectOf) : [])
