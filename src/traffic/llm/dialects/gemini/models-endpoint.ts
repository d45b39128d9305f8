// GET /v1beta/models and /v1beta/models/NAME, and the same under /v1 for clients of Google's: the models that
// this key may use.
// https://ai.google.dev/api/models

import { GatewayError, asGatewayError } from '../../../../contract/errors.ts'
import type { Caller, Door, DoorCall, Gate } from '../../../../contract/door.ts'
import { asResponse } from '../../../wire/refusal.ts'
import { dialect } from './operation.ts'
import { wordError } from './errors.ts'
import { bringsKey, keyOf, sendAs } from './endpoint.ts'

/** A model or target that the configuration offers. */
interface Listed {
  id: string
}

export interface ModelsDoorOptions {
  gate: Gate
  listModels: () => readonly Listed[]
}

/** Those under /v1 stand on the paths of other dialects' doors, and before them. */
export function modelsDoors({ gate, listModels }: ModelsDoorOptions): Door[] {
  const isListed = (caller: Caller, id: string) =>
    gate.judge(caller, { kind: 'model', name: id }) !== 'denied'

  const list = (caller: Caller) => ({
    models: listModels()
      .filter(({ id }) => isListed(caller, id))
      .map(worded),
  })

  function one(caller: Caller, path: string) {
    const id = decoded(path.replace(/^\/v1(?:beta)?\/models\//, ''))
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
    ...(path.startsWith('/v1/') && { accepts: bringsKey }),
    credential: keyOf,
    refuse: refusal,
    handle: async (call) => writeResponse(gate, call, response),
  })
  return ['/v1beta/models', '/v1/models'].flatMap((root) => [door(root, list), door(`${root}/*`, one)])
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

const worded = ({ id }: Listed) => ({
  name: `models/${id}`,
  displayName: id,
  supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
})

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
