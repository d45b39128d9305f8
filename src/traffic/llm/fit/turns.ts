// Puts turns in the order that all vendors take, even if the client's dialect allows others: the calls of one
// response are in one turn, each call has a unique id, and results come directly after their calls, before
// any user turn.

import type { AssistantTurn, ToolCallBlock, ToolResultBlock, Turn } from '../canonical/request.ts'
import type { LossNotes } from '../losses/index.ts'
import { substituteId } from './ids.ts'

export function orderTurns(turns: readonly Turn[], notes: LossNotes): Turn[] {
  const conversation = new Conversation(notes)
  for (const turn of turns) conversation.add(turn)
  return conversation.turns()
}

/**
 * An assistant turn, and the results of its calls by call id. Long conversations are built here, so nothing
 * is copied or searched.
 */
interface Said {
  turn: AssistantTurn
  hasCalls: boolean
  /** Absent means the blocks of the turn. */
  blocks?: AssistantTurn['blocks'][number][]
  results: Map<string, ToolResultBlock & { blocks: ToolResultBlock['blocks'][number][] }>
}

class Conversation {
  private readonly entries: (Said | Turn)[] = []
  /** The latest call of each of the client's ids. A server may reuse an id in every response. */
  private readonly calls = new Map<string, { id: string; said: Said }>()
  private readonly used = new Set<string>()
  /** How often each of the client's ids was used. */
  private readonly uses = new Map<string, number>()
  private readonly notes: LossNotes

  constructor(notes: LossNotes) {
    this.notes = notes
  }

  add(turn: Turn): void {
    if (turn.role === 'assistant') this.say(turn)
    else if (turn.role === 'tool') for (const block of turn.blocks) this.answer(block)
    else this.entries.push(turn)
  }

  turns(): Turn[] {
    return this.entries.flatMap((entry, index): Turn[] => {
      if ('role' in entry) return [entry]
      // the last response may have calls without results
      if (index < this.entries.length - 1 || entry.results.size > 0) this.completeResults(entry)
      const turn = turnOf(entry)
      return entry.results.size === 0 ? [turn] : [turn, { role: 'tool', blocks: [...entry.results.values()] }]
    })
  }

  /**
   * Adds missing results. If a tool was interrupted and the conversation continued, vendors would refuse
   * every later request.
   */
  private completeResults(said: Said): void {
    for (const block of blocksOf(said)) {
      if (block.kind !== 'tool-call' || said.results.has(block.id)) continue
      this.notes.lose('missing-result')
      said.results.set(block.id, {
        kind: 'tool-result',
        callId: block.id,
        name: block.name,
        blocks: [{ kind: 'text', text: 'There is no result.' }],
      })
    }
  }

  private say(turn: AssistantTurn): void {
    const last = this.entries.at(-1)
    const isSame = last !== undefined && !('role' in last) && isWaiting(last) && last.turn.name === turn.name
    const said: Said = isSame ? last : { turn, hasCalls: false, results: new Map() }
    if (!isSame) this.entries.push(said)
    const blocks = turn.blocks.map((block) => (block.kind === 'tool-call' ? this.call(block, said) : block))
    if (isSame) {
      said.blocks ??= [...said.turn.blocks]
      for (const block of blocks) said.blocks.push(block)
    } else if (blocks.some((block, index) => block !== turn.blocks[index])) said.blocks = blocks
  }

  private call(block: ToolCallBlock, said: Said): ToolCallBlock {
    const id = this.freshId(block.id)
    this.calls.set(block.id, { id, said })
    said.hasCalls = true
    return id === block.id ? block : { ...block, id }
  }

  /**
   * The n-th use of an id has the same substitute in every later request, because conversations only grow.
   */
  private freshId(given: string): string {
    const limit = this.notes.limits['call-id']
    let use = this.uses.get(given) ?? 1
    let id = use === 1 ? substituteId(given, limit) : substituteId(`${given}_${use}`, limit)
    while (this.used.has(id)) id = substituteId(`${given}_${++use}`, limit)
    this.uses.set(given, use)
    this.used.add(id)
    return id
  }

  private answer(block: ToolResultBlock): void {
    const call = this.calls.get(block.callId)
    // decoders already refuse results without a call
    if (!call) return void this.entries.push({ role: 'tool', blocks: [block] })
    const { results } = call.said
    const before = results.get(call.id)
    if (before) for (const each of block.blocks) before.blocks.push(each)
    else results.set(call.id, { ...block, callId: call.id, blocks: [...block.blocks] })
  }
}

const blocksOf = ({ turn, blocks }: Said) => blocks ?? turn.blocks

const turnOf = ({ turn, blocks }: Said): AssistantTurn => (blocks ? { ...turn, blocks } : turn)

/** Are there calls without any result yet? Then the next assistant turn belongs to the same response. */
const isWaiting = ({ hasCalls, results }: Said) => hasCalls && results.size === 0
