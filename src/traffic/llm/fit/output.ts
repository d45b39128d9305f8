// Output that must be JSON. OpenAI refuses the setting unless the conversation mentions JSON.

import type { GenerateRequest, InstructionTurn, Turn } from '../canonical/request.ts'
import type { LossNotes } from '../losses/index.ts'

export function fitOutput(request: GenerateRequest, { limits }: LossNotes): GenerateRequest {
  const { 'json-output': limit } = limits
  if (!limit || request.output?.kind !== 'json') return request
  const isMentioned = ({ blocks }: Turn) =>
    blocks.some((block) => block.kind === 'text' && limit.word.test(block.text))
  if (request.system.some(isMentioned) || request.turns.some(isMentioned)) return request
  return { ...request, system: withInstruction(request.system, limit.instruction) }
}

/**
 * Adds the text to the existing instructions, because the templates of some models support only one such
 * message.
 */
function withInstruction(system: readonly InstructionTurn[], text: string): InstructionTurn[] {
  const last = system.at(-1)
  const end = last?.blocks.at(-1)
  if (!last || !end) return [...system, { role: 'system', blocks: [{ kind: 'text', text }] }]
  return [
    ...system.slice(0, -1),
    { ...last, blocks: [...last.blocks.slice(0, -1), { ...end, text: `${end.text}\n\n${text}` }] },
  ]
}
