// Tools that a vendor runs itself, at a target of another dialect: offered beside tools that the client runs,
// and demanded by nobody, they are something that the model may as well do without. They are left out, as a
// loss. In any other request they are what it is about: `dropUncarried` refuses.

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
