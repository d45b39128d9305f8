// Encodes tools and the tool choice for Google. https://ai.google.dev/api/caching#ToolConfig

import { written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { GenerateRequest, Tool, ToolChoice } from '../../../canonical/index.ts'
import { acceptedSchema } from './schema.ts'

export function encodeTools(tools: readonly Tool[] | undefined): Json | undefined {
  if (!tools) return undefined
  const declared = tools.flatMap((tool) => (tool.kind === 'function' ? [declarationOf(tool)] : []))
  const native = tools.flatMap((tool) =>
    tool.kind === 'native' && tool.native.dialect === 'gemini' ? [tool.native.value] : [],
  )
  const encoded = [...(declared.length > 0 ? [{ functionDeclarations: declared }] : []), ...native]
  return encoded.length === 0 ? undefined : encoded
}

function declarationOf({ name, description, parameters }: Extract<Tool, { kind: 'function' }>): JsonObject {
  return written({
    name,
    description,
    parametersJsonSchema: parameters === undefined ? undefined : acceptedSchema(parameters),
  })
}

export function encodeToolConfig({ tools = [], toolChoice }: GenerateRequest): Json | undefined {
  const functions = tools.filter((tool) => tool.kind === 'function')
  const calling = callingOf(
    toolChoice,
    functions.some(({ isStrict = false }) => isStrict !== false),
  )
  return calling && { functionCallingConfig: calling }
}

function callingOf(choice: ToolChoice | undefined, isStrict: boolean): JsonObject | undefined {
  switch (choice?.kind) {
    case 'none':
      return { mode: 'NONE' }
    case 'required':
      return { mode: 'ANY' }
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] }
    case 'allowed':
      return { mode: choice.isRequired ? 'ANY' : 'VALIDATED', allowedFunctionNames: choice.names }
    case 'auto':
      return { mode: isStrict ? 'VALIDATED' : 'AUTO' }
    default:
      return isStrict ? { mode: 'VALIDATED' } : undefined
  }
}
