// GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items: what the gateway keeps for this key.
// https://platform.openai.com/docs/api-reference/responses/get

import { GatewayError, asGatewayError } from '../../../../../contract/errors.ts'
import type { Caller, Door, DoorCall, Gate } from '../../../../../contract/traffic.ts'
import { isObject } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../canonical/index.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { asResponse } from '../../../wire/refusal.ts'
import { wordError } from '../../../wire/openai/wording.ts'
import { itemsOf } from './items.ts'
import type { KeptResponse, KeptResponses } from './kept.ts'

const root = '/v1/responses/'

export function keptDoors(gate: Gate, kept: KeptResponses): Door[] {
  const door = (method: Door['method'], answer: (caller: Caller, call: DoorCall) => Response): Door => ({
    method,
    path: `${root}*`,
    credential: bearerOf,
    refuse: refusal,
    async handle(call) {
      const { request, peer, startedAt } = call
      let caller: Caller | undefined
      try {
        caller = gate.identify(bearerOf(request), { peer, headers: request.headers })
        return answer(caller, call)
      } catch (thrown) {
        const error = asGatewayError(thrown)
        return refusal(error, gate.refused(error, { ...(caller && { caller }), dialect: 'openai-responses', kind: 'model.list', startedAt }))
      }
    },
  })

  function found({ subject }: Caller, id: string): KeptResponse {
    const response = kept.get(subject.key, id)
    if (!response) throw new GatewayError('not-found', `No response "${id.slice(0, 100)}" is kept for this key.`)
    return response
  }

  return [
    door('GET', (caller, { path, request }) => {
      const [id = '', what, ...rest] = path.slice(root.length).split('/')
      if (what === undefined) return new Response(found(caller, id).response, { headers: { 'content-type': 'application/json' } })
      if (what !== 'input_items' || rest.length > 0) throw new GatewayError('not-found', `There is nothing at ${path.slice(0, 200)}.`)
      return Response.json(page(listed(found(caller, id)), new URL(request.url).searchParams))
    }),
    door('DELETE', (caller, { path }) => {
      const { id } = found(caller, path.slice(root.length))
      kept.remove(caller.subject.key, id)
      return Response.json({ id, object: 'response', deleted: true })
    }),
  ]
}

const refusal = (error: GatewayError, exchange?: string) => asResponse(wordError(error, exchange))

/** Items as OpenAI lists them: with ids, messages with parts. */
function listed(response: KeptResponse): (JsonObject & { id: string })[] {
  return itemsOf(response)
    .filter(isObject)
    .map((item, index) => ({
      ...item,
      id: typeof item['id'] === 'string' ? item['id'] : `item_${response.id}_${index}`,
      type: item['type'] ?? 'message',
      ...(typeof item['content'] === 'string' ? { content: [{ type: partOf(item['role']), text: item['content'] }] } : {}),
    }))
}

const partOf = (role: Json | undefined) => (role === 'assistant' ? 'output_text' : 'input_text')

function page(items: readonly (JsonObject & { id: string })[], query: URLSearchParams): object {
  const ordered = query.get('order') === 'asc' ? items : items.toReversed()
  const after = query.get('after')
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new GatewayError('bad-request', '"limit" must be a whole number from 1 to 100', { param: 'limit' })
  const data = ordered.slice(from, from + limit)
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: from + limit < ordered.length }
}
