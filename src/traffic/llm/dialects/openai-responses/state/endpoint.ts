// What all endpoints of kept responses share: they identify the caller, respond without a provider, and count
// refusals.

import type { GatewayError } from '../../../../../contract/errors.ts'
import { asGatewayError } from '../../../../../contract/errors.ts'
import type { Endpoint, EndpointCall } from '../../../../../contract/endpoint.ts'
import type { Gate } from '../../../../../contract/gate.ts'
import type { Caller } from '../../../../../contract/principal.ts'
import { bearerOf } from '../../../../wire/bearer.ts'
import { asResponse } from '../../../../wire/refusal.ts'
import { writeError } from '../../../wire/openai/wording.ts'
import type { HandleCaller } from '../../../../../contract/handle.ts'
import { ownerOf } from '../../../../../contract/principal.ts'

export type KeptRequestHandler = (caller: Caller, call: EndpointCall) => Response | Promise<Response>

export function stateDoor(
  gate: Gate,
  method: Endpoint['method'],
  path: string,
  handle: KeptRequestHandler,
): Endpoint {
  return {
    method,
    path,
    credential: bearerOf,
    refuse: refusal,
    async handle(call) {
      const { request, peer, startedAt } = call
      let caller: Caller | undefined
      try {
        caller = gate.identify(bearerOf(request), { peer, headers: request.headers })
        return await handle(caller, call)
      } catch (thrown) {
        const error = asGatewayError(thrown)
        return refusal(
          error,
          gate.refused(error, {
            ...(caller && { caller }),
            dialect: 'openai-responses',
            kind: 'model.list',
            startedAt,
          }),
        )
      }
    },
  }
}

const refusal = (error: GatewayError, exchange?: string) => asResponse(writeError(error, exchange))

/** The identity under which a caller reads kept responses. */
export const handleCallerOf = ({ principal, subject: { key } }: Caller): HandleCaller => ({
  owner: ownerOf(principal),
  ...(key === undefined ? {} : { key }),
})
