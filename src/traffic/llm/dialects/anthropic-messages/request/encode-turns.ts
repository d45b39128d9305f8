// Encodes turns as Anthropic messages. Tool results and the user content next to them form one message, with
// the results first.

import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Turn } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { blockWriter } from './encode-blocks.ts'

export function encodeMessages(turns: readonly Turn[], notes: LossNotes): JsonObject[] {
  const messages: { role: 'user' | 'assistant'; content: Json[] }[] = []
  const write = blockWriter(notes)
  let isBehindResults = false
  for (const turn of turns) {
    // written at the beginning
    if (turn.role === 'system' || turn.role === 'developer') continue
    const content: Json[] = []
    for (const block of turn.blocks) {
      const value = write(block)
      if (value !== undefined) content.push(value)
    }
    const last = messages.at(-1)
    if (turn.role === 'user' && isBehindResults && last) last.content.push(...content)
    else if (content.length > 0)
      messages.push({ role: turn.role === 'assistant' ? 'assistant' : 'user', content })
    isBehindResults = turn.role === 'tool'
  }
  return messages.map(({ role, content }) => ({ role, content }))
}
