// POST /v1/responses, and what of its answers is kept.

import type { Operation } from '../../../../contract/operation.ts'
import type { Door, Gate } from '../../../../contract/traffic.ts'
import type { Clock } from '../../../../kit/clock.ts'
import { bearerOf } from '../../wire/bearer.ts'
import { jsonDoor } from '../../wire/door.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { dialect, responsesOperation } from './operation.ts'
import { captured } from './state/capture.ts'
import { keptDoors } from './state/doors.ts'
import { expand } from './state/expand.ts'
import { keptResponses } from './state/kept.ts'
import { wordError } from '../../wire/openai/wording.ts'
import { wordBrokenStream } from './wording.ts'

export interface ResponsesDoorsOptions {
  gate: Gate
  /** Read anew for each call: the configuration may change. */
  responses: () => OperationOptions
  clock: Pick<Clock, 'now'>
}

export function responsesDoors({ gate, responses, clock }: ResponsesDoorsOptions): Door[] {
  const kept = keptResponses({ clock })
  /** Requests whose answers are to be kept, while they run. */
  const running = new WeakMap<Operation, Uint8Array>()

  const keeping: Gate = {
    identify: (credential, call) => gate.identify(credential, call),
    mayUse: (caller, resource) => gate.mayUse(caller, resource),
    refused: (error, what) => gate.refused(error, what),
    async open(caller, operation, call) {
      const governed = await gate.open(caller, operation, call)
      const request = running.get(operation)
      if (!request) return governed
      return captured(governed, (id, response) => kept.put({ id, owner: caller.subject.key, request, response }))
    },
  }

  const door = jsonDoor({
    gate: keeping,
    path: '/v1/responses',
    credential: bearerOf,
    dialect,
    kind: 'model.generate',
    operation(body, _call, { subject }) {
      const options = responses()
      const whole = expand(body, subject.key, kept, options)
      const operation = responsesOperation(whole, options)
      if (mayKeep(whole)) running.set(operation, whole)
      return operation
    },
    wordError,
    wordBrokenStream,
  })
  return [door, ...keptDoors(gate, kept)]
}

/** Kept unless the client says no (`store: false`). Who writes it elsewhere too is not kept: a lost comfort, found out by the next call. */
function mayKeep(body: Uint8Array): boolean {
  const source = Buffer.from(body.buffer, body.byteOffset, body.length)
  return !source.includes('"store"') || !storesNothing.test(source.toString('latin1'))
}

const storesNothing = /"store"\s*:\s*false/
