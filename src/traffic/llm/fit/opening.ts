// Who speaks first and last. Vendors with one place for instructions need a conversation without them, one
// that a user begins and that does not end with the assistant unless the client meant it to go on from there.

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
 * Instructions after the assistant's last turn: moved to the beginning, they would leave the assistant last,
 * to go on with its own sentence.
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
