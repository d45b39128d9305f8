// Encodes tools and the tool choice for Anthropic.

import { isObject, objectIn, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { GenerateRequest, Tool, ToolChoice } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { writeCache } from './cache.ts'
import { enforceableSchema } from './schema.ts'

/** @returns the members `tools` and `tool_choice`, if any */
export function encodeTools(
  { tools = [], toolChoice, parallelToolCalls }: GenerateRequest,
  notes: LossNotes,
): JsonObject {
  const allowed = toolChoice?.kind === 'allowed' ? new Set(toolChoice.names) : undefined
  const offered = allowed ? tools.filter(({ name }) => allowed.has(name)) : tools
  if (offered.length === 0) return {}
  const choice = choiceOf(toolChoice, parallelToolCalls)
  return written({ tools: offered.flatMap((tool) => writtenTool(tool, notes) ?? []), tool_choice: choice })
}

function writtenTool(tool: Tool, notes: LossNotes): JsonObject | undefined {
  if (tool.kind === 'native')
    return tool.native.dialect === 'anthropic-messages' ? objectIn(tool.native.value) : undefined
  // `dropUncarried` has refused it
  if (tool.kind === 'custom') return undefined
  const { name, description, parameters, isStrict, cache } = tool
  const held = isStrict && parameters !== undefined ? enforceableSchema(parameters) : undefined
  if (held?.isLooser) notes.drop('tool-bounds')
  return written({
    name,
    description,
    input_schema: schemaOf(held?.schema ?? parameters),
    strict: isStrict === undefined ? undefined : isStrict !== false,
    cache_control: writeCache(cache),
  })
}

/** Anthropic requires a schema with the type "object". */
function schemaOf(parameters: Json | undefined): JsonObject {
  if (!isObject(parameters)) return { type: 'object', properties: {} }
  return parameters['type'] === 'object' ? parameters : { ...parameters, type: 'object' }
}

const words = { auto: 'auto', none: 'none', required: 'any' } as const

function choiceOf(choice: ToolChoice | undefined, parallel: boolean | undefined): JsonObject | undefined {
  if (choice === undefined && parallel === undefined) return undefined
  const word = typeOf(choice)
  return written({
    type: word,
    name: choice?.kind === 'tool' ? choice.name : undefined,
    // without calls there are no parallel calls
    disable_parallel_tool_use: parallel === undefined || word === 'none' ? undefined : !parallel,
  })
}

function typeOf(choice: ToolChoice | undefined): string {
  if (choice === undefined) return 'auto'
  if (choice.kind === 'tool') return 'tool'
  return choice.kind === 'allowed' ? words[choice.isRequired ? 'required' : 'auto'] : words[choice.kind]
}
