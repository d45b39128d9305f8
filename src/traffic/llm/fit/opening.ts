// Fits the first and last turn. Vendors with one place for instructions need a conversation without
// instructions. It must begin with the user, and end with the assistant only if the client wants it to
// continue from there.

import type { GenerateRequest, InstructionTurn, TextBlock, Turn, UserTurn } from '../canonical/request.ts'
import type { LossNotes } from '../losses/index.ts'

/** `dropUncarried` has named the losses. */
export function fitOpening(request: GenerateRequest, notes: LossNotes): GenerateRequest {
  const { system, turns } = request
  const spoken = turns.filter((turn) => !isInstruction(turn))
  if (spoken.length === 0) {
    const instructions = [...system, ...turns.filter(isInstruction)]
    return instructions.length === 0 || notes.carries('instructions-only')
      ? request
      : { ...request, system: [], turns: [saidByUser(instructions)] }
  }
  const ended = notes.carries('instruction-inside') ? turns : withLastWord(turns, spoken)
  const isBegun = spoken[0]?.role !== 'assistant' || notes.carries('assistant-first')
  return { ...request, turns: isBegun ? ended : [opening, ...ended] }
}

/**
 * Handles instructions after the assistant's last turn. If they moved to the beginning, the assistant's turn
 * would be last, and the model would continue it.
 */
function withLastWord(turns: readonly Turn[], spoken: readonly Turn[]): readonly Turn[] {
  const last = spoken.at(-1)
  if (last?.role !== 'assistant') return turns
  const at = turns.lastIndexOf(last) + 1
  const after = turns.slice(at).filter(isInstruction)
  return after.length === 0 ? turns : [...turns.slice(0, at), saidByUser(after)]
}

const isInstruction = (turn: Turn): turn is InstructionTurn =>
  turn.role === 'system' || turn.role === 'developer'

const saidByUser = (instructions: readonly InstructionTurn[]): UserTurn => ({
  role: 'user',
  blocks: instructions.flatMap(({ blocks }): readonly TextBlock[] => blocks),
})

const opening: UserTurn = {
  role: 'user',
  blocks: [{ kind: 'text', text: '(The assistant begins the conversation.)' }],
}
