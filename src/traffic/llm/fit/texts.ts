// Empty texts are left out, and turns that hold nothing else. Some vendors also refuse texts of whitespace,
// and whitespace at the end of a prefill.

import type {
  AssistantTurn,
  GenerateRequest,
  ReasoningBlock,
  ToolResultBlock,
  Turn,
} from '../canonical/request.ts'
import type { LossNotes, TextsLimit } from '../losses/index.ts'

type Block = Turn['blocks'][number] | ToolResultBlock['blocks'][number]

/** Leaves out empty texts, reasoning that the target cannot read, and turns that hold nothing else. */
export function leaveOutSilence(request: GenerateRequest, notes: LossNotes): GenerateRequest {
  const { refusesBlank = false } = notes.limits.texts ?? ({} as Partial<TextsLimit>)
  const isSilent = (block: Block) => {
    if (block.kind === 'reasoning') return !isReadable(block, notes)
    if (block.kind !== 'text' && block.kind !== 'refusal') return false
    if (!(refusesBlank ? blank.test(block.text) : block.text === '')) return false
    if (block.kind === 'text' && block.cache && notes.carries('cache')) notes.drop('cache')
    // a proof may come with an empty text
    return block.kind === 'refusal' || block.signature?.dialect !== notes.backDialect
  }
  const speaking = <Turned extends Turn>(turn: Turned): Turned => withoutSilence(turn, isSilent)
  return {
    ...request,
    system: request.system.map(speaking).filter(hasBlocks),
    turns: request.turns.map(speaking).filter(hasBlocks),
  }
}

/** `dropUncarried` has named the loss. */
function isReadable({ signature }: ReasoningBlock, notes: LossNotes): boolean {
  return signature ? signature.dialect === notes.backDialect : notes.carries('unsigned-reasoning')
}

/**
 * Checks that there is a turn to respond to, and fits the end of the conversation.
 * @param isPrefilled does the client want the assistant to continue its last turn?
 * @throws GatewayError `unsupported` when no turn is left to respond to
 */
export function fitEnd(request: GenerateRequest, isPrefilled: boolean, notes: LossNotes): GenerateRequest {
  const { system, turns } = request
  if (!isPrefilled && turns.at(-1)?.role === 'assistant')
    notes.refuseConversation('its last message is blank')
  if (turns.length === 0 && (system.length === 0 || !notes.carries('instructions-only')))
    notes.refuseConversation('it has no message that says anything')
  return isPrefilled && notes.limits.texts?.trimsPrefill
    ? { ...request, turns: withTrimmedEnd(turns) }
    : request
}

/** Servers treat some control characters as whitespace. JavaScript does not. */
const blank = /^[\s\p{Cc}]*$/u
const blankEnd = /[\s\p{Cc}]+$/u

const hasBlocks = ({ blocks }: Turn) => blocks.length > 0

function withoutSilence<Turned extends Turn>(turn: Turned, isSilent: (block: Block) => boolean): Turned {
  const isSaid = (block: Block): boolean =>
    block.kind === 'tool-result' ? block.blocks.every(isSaid) : !isSilent(block)
  if (turn.blocks.every(isSaid)) return turn
  const blocks = turn.blocks
    .filter((block) => !isSilent(block))
    .map((block) =>
      block.kind === 'tool-result'
        ? { ...block, blocks: block.blocks.filter((inner) => !isSilent(inner)) }
        : block,
    )
  return { ...turn, blocks }
}

function withTrimmedEnd(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1)
  const end = last?.blocks.at(-1)
  if (last?.role !== 'assistant' || end?.kind !== 'text') return turns
  const said: AssistantTurn = {
    ...last,
    blocks: [...last.blocks.slice(0, -1), { ...end, text: end.text.replace(blankEnd, '') }],
  }
  return [...turns.slice(0, -1), said]
}
