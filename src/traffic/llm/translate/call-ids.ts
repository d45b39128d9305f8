// Call ids in a response. Clients pair results with calls by id alone, and some vendors refuse an id that
// repeats. Some servers count their calls anew in every response (`call_0`) or repeat an id: such a call gets
// a fresh id. An id that the client's dialect does not take gets a substitute.

import type { Random } from '../../../kit/id.ts'
import type { GenerateRequest, ResponseEncoder } from '../canonical/index.ts'
import { substituteId } from '../fit/index.ts'
import type { Limits } from '../losses/index.ts'

interface CallIdOptions {
  /** Of the client's dialect. */
  limit: Limits['call-id']
  newId(prefix: string): string
}

/** The call ids of the conversation so far. */
export function callIdsIn({ turns }: GenerateRequest): Set<string> {
  const ids = new Set<string>()
  for (const { blocks } of turns)
    for (const block of blocks) if (block.kind === 'tool-call') ids.add(block.id)
  return ids
}

/**
 * Gives the client's encoder ids that no other call of the conversation has. @param used grows with each
 * response
 */
export function withUniqueCallIds(
  encoder: ResponseEncoder,
  used: Set<string>,
  { limit, newId }: CallIdOptions,
): ResponseEncoder {
  return {
    write(event) {
      if (event.kind !== 'tool-call-start') return encoder.write(event)
      const id = substituteId(event.callId, limit)
      const callId = id === '' || used.has(id) ? newId('call_') : id
      used.add(callId)
      return encoder.write(callId === event.callId ? event : { ...event, callId })
    },
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Ids like those of vendors: a prefix and 24 letters and digits. */
export const newLetters =
  (random: Random) =>
  (prefix: string): string => {
    let made = prefix
    for (let index = 0; index < 24; index++) made += alphabet[Math.floor(random() * alphabet.length)]
    return made
  }
