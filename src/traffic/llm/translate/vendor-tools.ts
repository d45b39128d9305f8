// Tools that a vendor runs itself, at a target of another dialect. When the request also has tools that the
// client runs, and does not require the vendor's, the model can do without them: they are left out, as a
// loss. Any other request depends on them: `dropUncarried` refuses it.

import type { GenerateRequest, Tool, ToolChoice } from '../canonical/index.ts'
import type { LossNotes } from '../losses/index.ts'
import type { Dialect } from '../dialect.ts'

export function withoutForeignTools(
  request: GenerateRequest,
  dialect: Dialect,
  notes: LossNotes,
): GenerateRequest {
  const { tools = [], toolChoice } = request
  const foreign = new Set<Tool>(
    tools.filter((tool) => tool.kind === 'native' && tool.native.dialect !== dialect),
  )
  if (foreign.size === 0 || foreign.size === tools.length || isDemanded(toolChoice, foreign)) return request
  notes.lose('native-tool')
  return { ...request, tools: tools.filter((tool) => !foreign.has(tool)) }
}

function isDemanded(choice: ToolChoice | undefined, foreign: ReadonlySet<Tool>): boolean {
  if (choice?.kind === 'required') return true
  const names = choice?.kind === 'tool' ? [choice.name] : choice?.kind === 'allowed' ? choice.names : []
  return [...foreign].some(({ name }) => names.includes(name))
}
