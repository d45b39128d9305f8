// GET /v1/models and /v1/models/{id} for clients of Anthropic's: the models that this key may use.
// https://docs.claude.com/en/api/models-list

import { GatewayError, asGatewayError } from '../../../../contract/errors.ts'
import type { Caller, Door, DoorCall, Gate } from '../../../../contract/door.ts'
import { asResponse } from '../../../wire/refusal.ts'
import { dialect } from './operation.ts'
import { wordError } from './errors.ts'
import { keyOf, sendAs } from './endpoint.ts'

/** A model or target that the configuration offers. */
interface Listed {
  id: string
  /** Seconds since the epoch; absent: unknown. */
  created?: number
}

export interface ModelsDoorOptions {
  gate: Gate
  listModels: () => readonly Listed[]
}

const root = '/v1/models'

/**
 * They stand on the paths of other dialects' doors, and before them: whoever names a version of Anthropic's
 * wants its shape.
 */
export function modelsDoors({ gate, listModels }: ModelsDoorOptions): Door[] {
  const isListed = (caller: Caller, id: string) =>
    gate.judge(caller, { kind: 'model', name: id }) !== 'denied'

  function list(caller: Caller) {
    const data = listModels()
      .filter(({ id }) => isListed(caller, id))
      .map(worded)
    return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
  }

  function one(caller: Caller, path: string) {
    const id = decoded(path.slice(root.length + 1))
    const model = listModels().find((listed) => listed.id === id)
    // Unknown and ungranted read the same: a list of names is worth something to those who may not have it.
    if (!model || !isListed(caller, id))
      throw new GatewayError(
        'unknown-model',
        `The model "${id.slice(0, 200)}" does not exist or you do not have access to it.`,
      )
    return worded(model)
  }

  const door = (path: string, response: (caller: Caller, path: string) => object): Door => ({
    method: 'GET',
    path,
    accepts: (request) => request.headers.has('anthropic-version'),
    credential: keyOf,
    refuse: refusal,
    handle: async (call) => writeResponse(gate, call, response),
  })
  return [door(root, list), door(`${root}/*`, one)]
}

const refusal = (error: GatewayError, exchange?: string) => asResponse(wordError(error, exchange))

function writeResponse(
  gate: Gate,
  { request, path, peer, startedAt }: DoorCall,
  response: (caller: Caller, path: string) => object,
): Response {
  let caller: Caller | undefined
  try {
    caller = gate.identify(keyOf(request), { peer, headers: request.headers, sendAs })
    return Response.json(response(caller, path))
  } catch (thrown) {
    const error = asGatewayError(thrown)
    return refusal(
      error,
      gate.refused(error, { ...(caller && { caller }), dialect, kind: 'model.list', startedAt }),
    )
  }
}

/** An unknown time is told as the epoch, as Anthropic does. */
function worded({ id, created = 0 }: Listed) {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1000).toISOString().replace('.000Z', 'Z'),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
