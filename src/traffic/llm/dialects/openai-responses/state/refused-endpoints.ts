// The paths of OpenAI's conversations, which have no counterpart here: refused by name instead of "nothing at
// this path", with the way to go.
// https://platform.openai.com/docs/api-reference/conversations

import { GatewayError } from '../../../../../contract/errors.ts'
import type { Door, Gate } from '../../../../../contract/door.ts'
import { stateDoor } from './endpoint.ts'

const why =
  'The gateway keeps no conversations; go on from a response with "previous_response_id", or send the earlier items in "input".'

export function refusedDoors(gate: Gate): Door[] {
  return (['GET', 'POST', 'DELETE'] as const).flatMap((method) =>
    ['/v1/conversations', '/v1/conversations/*'].map((path) =>
      stateDoor(gate, method, path, () => {
        throw new GatewayError('unsupported', why)
      }),
    ),
  )
}
