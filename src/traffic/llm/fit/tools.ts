// Tools as vendors take them: each name once, up to the vendor's maximum, with schemas and descriptions in
// the vendor's form.

import type { GenerateRequest, InstructionTurn, Tool } from '../canonical/request.ts'
import type { LossNotes } from '../losses/index.ts'
import { fitParameters } from './parameters.ts'

/** @throws GatewayError `unsupported` for too many */
export function fitTools(request: GenerateRequest, notes: LossNotes): GenerateRequest {
  if (!request.tools || request.tools.length === 0) return withoutChoice(request, notes)
  const { tools: most, 'tool-description': longest, 'tool-parameters': schema } = notes.limits
  const unique = onceEach(request.tools)
  const tools = schema
    ? unique.map((tool) => (tool.kind === 'function' ? fitParameters(tool, schema, notes) : tool))
    : unique
  if (most?.most !== undefined && tools.length > most.most)
    notes.drop('tools', `at most ${most.most} are taken`)
  return longest
    ? withShortDescriptions({ ...request, tools }, longest.longest, notes)
    : { ...request, tools }
}

/**
 * Removes tool settings when there are no tools: vendors refuse an empty list and settings for missing tools.
 */
function withoutChoice(request: GenerateRequest, notes: LossNotes): GenerateRequest {
  const { tools: _none, toolChoice, parallelToolCalls: _setting, ...rest } = request
  if (toolChoice && toolChoice.kind !== 'auto' && toolChoice.kind !== 'none') notes.lose('tool-choice')
  return rest
}

/**
 * A tool that a search found is in the request's tools, too. The latest definition counts, at the position of
 * the first, so that prefixes stay cached.
 */
function onceEach(tools: readonly Tool[]): readonly Tool[] {
  const latest = new Map<string, Tool>()
  for (const tool of tools) latest.set(keyOf(tool), tool)
  return latest.size === tools.length ? tools : [...latest.values()]
}

const keyOf = (tool: Tool) =>
  tool.kind === 'native' ? `native ${JSON.stringify(tool.native.value)}` : tool.name

function withShortDescriptions(request: GenerateRequest, longest: number, notes: LossNotes): GenerateRequest {
  const moved: InstructionTurn[] = []
  const tools = request.tools?.map((tool): Tool => {
    if (tool.kind === 'native' || tool.description === undefined || tool.description.length <= longest)
      return tool
    const pointer = ` … (The instructions go on under "Tool ${tool.name}".)`
    const at = longest - pointer.length
    moved.push({
      role: 'system',
      blocks: [{ kind: 'text', text: `Tool ${tool.name}: … ${tool.description.slice(at)}` }],
    })
    return { ...tool, description: tool.description.slice(0, at) + pointer }
  })
  if (moved.length === 0 || !tools) return request
  notes.lose('tool-description')
  return { ...request, tools, system: [...request.system, ...moved] }
}
