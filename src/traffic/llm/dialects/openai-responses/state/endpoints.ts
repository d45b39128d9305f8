// GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items, POST /v1/responses/{id}/cancel: the
// responses that the gateway keeps for the caller.
// https://platform.openai.com/docs/api-reference/responses/get

import { GatewayError } from '../../../../../contract/errors.ts'
import type { Endpoint } from '../../../../../contract/endpoint.ts'
import type { Gate } from '../../../../../contract/gate.ts'
import type { Caller } from '../../../../../contract/principal.ts'
import { stateDoor, handleCallerOf } from './endpoint.ts'
import { inputPage } from './input-page.ts'
import type { KeptResponses } from './kept.ts'
import type { KeptResponse } from './kept-response.ts'

const root = '/v1/responses/'
const json = { headers: { 'content-type': 'application/json' } }

export function keptDoors(gate: Gate, kept: KeptResponses): Endpoint[] {
  async function found(caller: Caller, id: string): Promise<KeptResponse> {
    const response = await kept.get(handleCallerOf(caller), id)
    if (!response) throw notKept(id)
    return response
  }

  return [
    stateDoor(gate, 'GET', `${root}*`, async (caller, { path, request }) => {
      const [id = '', what, ...rest] = path.slice(root.length).split('/')
      const query = new URL(request.url).searchParams
      if (what !== undefined && (what !== 'input_items' || rest.length > 0)) throw nothingAt(path)
      const response = await found(caller, id)
      refuseMore(response, query)
      if (what === 'input_items') return Response.json(inputPage(response, query))
      return new Response(Buffer.from(response.response), json)
    }),
    stateDoor(gate, 'DELETE', `${root}*`, async (caller, { path }) => {
      const id = path.slice(root.length)
      if (!(await kept.remove(handleCallerOf(caller), id))) throw notKept(id)
      return Response.json({ id, object: 'response', deleted: true })
    }),
    stateDoor(gate, 'POST', `${root}*`, async (caller, { path }) => {
      const [id = '', what, ...rest] = path.slice(root.length).split('/')
      if (what !== 'cancel' || rest.length > 0) throw nothingAt(path)
      await found(caller, id)
      throw new GatewayError(
        'unsupported',
        'Only "background" responses can be canceled, and this one is complete. To stop a running call, close its connection.',
      )
    }),
  ]
}

const notKept = (id: string) =>
  new GatewayError('not-found', `There is no stored response "${id.slice(0, 100)}" of this caller.`)
const nothingAt = (path: string) =>
  new GatewayError('not-found', `There is nothing at ${path.slice(0, 200)}.`)

/** A kept response is complete and never changes. */
function refuseMore({ include }: KeptResponse, query: URLSearchParams): void {
  if (query.get('stream') === 'true' || query.has('starting_after')) {
    const param = query.has('starting_after') ? 'starting_after' : 'stream'
    throw new GatewayError(
      'unsupported',
      `"${param}" is not supported: only responses of "background" can be streamed again; retrieve it whole.`,
      {
        param,
      },
    )
  }
  const wished = [...query].flatMap(([name, value]) => (/^include(?:\[\d*\])?$/.test(name) ? [value] : []))
  const missing = wished.find((word) => !include.includes(word))
  if (missing !== undefined) {
    const message = `"include" cannot add "${missing.slice(0, 100)}" to a complete response; request it when you create the response.`
    throw new GatewayError('unsupported', message, { param: 'include' })
  }
}

const why =
  'The gateway keeps no conversations; go on from a response with "previous_response_id", or send the earlier items in "input".'

/**
 * The paths of OpenAI's conversations, which the gateway does not offer. They are refused by name, with the
 * alternative. https://platform.openai.com/docs/api-reference/conversations
 */
export function refusedDoors(gate: Gate): Endpoint[] {
  return (['GET', 'POST', 'DELETE'] as const).flatMap((method) =>
    ['/v1/conversations', '/v1/conversations/*'].map((path) =>
      stateDoor(gate, method, path, () => {
        throw new GatewayError('unsupported', why)
      }),
    ),
  )
}
