// Paths of OpenAI's that belong to its own state and have no counterpart here: refused by name instead of "nothing at this path", with the way to go.
// https://platform.openai.com/docs/api-reference/conversations

import { GatewayError } from '../../../../../contract/errors.ts'
import type { Door, Gate } from '../../../../../contract/traffic.ts'
import { stateDoor } from './door.ts'

const refused: readonly { method: Door['method']; path: string; why: string }[] = [
  ...(['GET', 'POST', 'DELETE'] as const).flatMap((method) =>
    ['/v1/conversations', '/v1/conversations/*'].map((path) => ({
      method,
      path,
      why: 'The gateway keeps no conversations; go on from a response with "previous_response_id", or send the earlier items in "input".',
    })),
  ),
  {
    method: 'POST',
    path: '/v1/responses/compact',
    why: 'What OpenAI compacts can be read by OpenAI alone; ask a model for a summary and begin a new conversation with it.',
  },
  {
    method: 'POST',
    path: '/v1/responses/input_tokens',
    why: 'Tokens of a response are not counted beforehand; its "usage" tells them. /v1/messages/count_tokens and :countTokens of Gemini count.',
  },
]

export function refusedDoors(gate: Gate): Door[] {
  return refused.map(({ method, path, why }) =>
    stateDoor(gate, method, path, () => {
      throw new GatewayError('unsupported', why)
    }),
  )
}
