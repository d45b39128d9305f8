// GET /v1/models and /v1/models/{id}: the models that this key may use.
// https://platform.openai.com/docs/api-reference/models

import { GatewayError, asGatewayError } from '../../../../contract/errors.ts'
import type { Caller, Door, DoorCall, Gate } from '../../../../contract/door.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { asResponse } from '../../../wire/refusal.ts'
import { dialect } from './operation.ts'
import { wordError } from '../../wire/openai/wording.ts'

/** A model or target that the configuration offers. */
export interface ListedModel {
  /** As clients name it: `fast`, `openai/gpt-5-mini`. */
  id: string
  /** Who is behind it: the provider's name, or `gatehouse` for a model over several. */
  ownedBy: string
  /** Seconds since the epoch; absent: unknown, told as 0 because SDKs expect a number. */
  created?: number
}

export interface ModelsDoorOptions {
  gate: Gate
  listModels: () => readonly ListedModel[]
}

export function modelsDoors({ gate, listModels }: ModelsDoorOptions): Door[] {
  const isListed = (caller: Caller, id: string) =>
    gate.judge(caller, { kind: 'model', name: id }) !== 'denied'

  const list = (caller: Caller) => ({
    object: 'list',
    data: listModels()
      .filter(({ id }) => isListed(caller, id))
      .map(worded),
  })

  function one(caller: Caller, path: string) {
    const id = decoded(path.slice('/v1/models/'.length))
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
    credential: bearerOf,
    refuse: refusal,
    handle: async (call) => writeResponse(gate, call, response),
  })
  return [door('/v1/models', list), door('/v1/models/*', one)]
}

const refusal = (error: GatewayError, exchange?: string) => asResponse(wordError(error, exchange))

function writeResponse(
  gate: Gate,
  { request, path, peer, startedAt }: DoorCall,
  response: (caller: Caller, path: string) => object,
): Response {
  let caller: Caller | undefined
  try {
    caller = gate.identify(bearerOf(request), { peer, headers: request.headers })
    return Response.json(response(caller, path))
  } catch (thrown) {
    const error = asGatewayError(thrown)
    return refusal(
      error,
      gate.refused(error, { ...(caller && { caller }), dialect, kind: 'model.list', startedAt }),
    )
  }
}

function worded({ id, ownedBy, created = 0 }: ListedModel): object {
  return { id, object: 'model', created, owned_by: ownedBy }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
