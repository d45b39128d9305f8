// GET …/models and …/models/{id}: the models that a key may use. Dialects differ in the paths, in the place
// of the key and in the form of a model (`ModelsDialect`).

import { GatewayError, asGatewayError } from '../../../contract/errors.ts'
import type { Endpoint, EndpointCall } from '../../../contract/endpoint.ts'
import type { Gate } from '../../../contract/gate.ts'
import type { Caller } from '../../../contract/principal.ts'
import { asResponse } from '../../wire/refusal.ts'
import type { WrittenRefusal } from '../../wire/refusal.ts'

/** A model or target that the configuration offers. */
export interface ListedModel {
  /** As clients name it: `fast`, `openai/gpt-5-mini`. */
  id: string
  /** The provider's name, or `gatehouse` for a model with several targets. */
  ownedBy: string
  /** Seconds since the epoch. Absent means unknown. */
  created?: number
}

export interface ModelsEndpointOptions {
  gate: Gate
  listModels: () => readonly ListedModel[]
}

export interface ModelsDialect extends Pick<Endpoint, 'accepts' | 'credential'> {
  dialect: string
  /** `/v1/models` */
  root: string
  /** How to send a key, for the error message of a request without one. Absent means as a bearer token. */
  sendAs?: string
  writeModel(model: ListedModel): object
  writeList(models: readonly object[], ids: readonly string[]): object
  writeError(error: GatewayError, exchange?: string): WrittenRefusal
}

export function createModelsEndpoints(
  { gate, listModels }: ModelsEndpointOptions,
  ways: ModelsDialect,
): Endpoint[] {
  const { dialect, root, accepts, credential, sendAs, writeModel, writeList, writeError } = ways
  const mayUse = (caller: Caller, id: string) => gate.judge(caller, { kind: 'model', name: id }) !== 'denied'
  const refuse = (error: GatewayError, exchange?: string) => asResponse(writeError(error, exchange))

  function list(caller: Caller): object {
    const models = listModels().filter(({ id }) => mayUse(caller, id))
    return writeList(
      models.map(writeModel),
      models.map(({ id }) => id),
    )
  }

  function one(caller: Caller, path: string): object {
    const id = decodePart(path.slice(root.length + 1))
    const model = listModels().find((listed) => listed.id === id)
    // An unknown model and one without a grant look the same, so that callers cannot find out which models
    // exist.
    if (!model || !mayUse(caller, id))
      throw new GatewayError(
        'unknown-model',
        `The model "${id.slice(0, 200)}" does not exist or you do not have access to it.`,
      )
    return writeModel(model)
  }

  function respond(
    { request, path, peer, startedAt }: EndpointCall,
    read: (caller: Caller, path: string) => object,
  ): Response {
    let caller: Caller | undefined
    try {
      caller = gate.identify(credential(request), {
        peer,
        headers: request.headers,
        ...(sendAs !== undefined && { sendAs }),
      })
      return Response.json(read(caller, path))
    } catch (thrown) {
      const error = asGatewayError(thrown)
      return refuse(
        error,
        gate.refused(error, { ...(caller && { caller }), dialect, kind: 'model.list', startedAt }),
      )
    }
  }

  const door = (path: string, read: (caller: Caller, path: string) => object): Endpoint => ({
    method: 'GET',
    path,
    ...(accepts && { accepts }),
    credential,
    refuse,
    handle: async (call) => respond(call, read),
  })
  return [door(root, list), door(`${root}/*`, one)]
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
