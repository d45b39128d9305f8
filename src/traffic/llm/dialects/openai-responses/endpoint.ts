// POST /v1/responses, which keeps responses for later references, and the paths that count and compact the
// same requests.

import type { Operation } from '../../../../contract/operation.ts'
import type { Endpoint, EndpointCall } from '../../../../contract/endpoint.ts'
import type { Gate } from '../../../../contract/gate.ts'
import type { Caller } from '../../../../contract/principal.ts'
import { elements, stringAt } from '../../../../kit/json-spans.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { checkLongBody } from '../../../wire/body.ts'
import { jsonDoor, pauseOf } from '../../../wire/door.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { writeError } from '../../wire/openai/wording.ts'
import { dialect, responsesOperation, countOperation, compactOperation } from './operation.ts'
import { captureResponse } from './state/capture.ts'
import { keptDoors, refusedDoors } from './state/endpoints.ts'
import { expand } from './state/expand.ts'
import type { Expanded, ExpandLimits } from './state/expand.ts'
import type { KeptResponses } from './state/kept.ts'
import type { History } from './request/stateless.ts'
import { viewResponses } from './request/view.ts'
import type { ResponsesView } from './request/view.ts'
import { writeBrokenStream } from './errors.ts'
import { askerOf } from './state/endpoint.ts'

export interface ResponsesDoorsOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  responses: () => OperationOptions & Omit<ExpandLimits, 'take'>
  kept: KeptResponses
}

/** What is kept with a response. */
interface Asked extends Expanded {
  view: ResponsesView
}

export function responsesDoors({ gate, responses, kept }: ResponsesDoorsOptions): Endpoint[] {
  /** Running requests whose responses will be kept. */
  const running = new WeakMap<Operation, Asked>()

  const keeping: Gate = {
    ...gate,
    async open(caller, operation, call) {
      const governed = await gate.open(caller, operation, call)
      const asked = running.get(operation)
      if (!asked) return governed
      const name = kept.newName(askerOf(caller))
      const { previous, proofs, view } = asked
      return captureResponse(
        governed,
        { id: name.id, ...(previous === undefined ? {} : { previous }) },
        (response) =>
          kept.put({
            ...name,
            proofs,
            response,
            provider: providerOf(governed.headers),
            input: inputOf(view),
            include: includeOf(view),
          }),
      )
    },
  }

  const common = {
    credential: bearerOf,
    dialect,
    kind: 'model.generate',
    // Codex sends it (version 0.171).
    sessionHeader: 'session-id',
    limits: responses,
    writeError,
    writeBrokenStream,
  } as const

  /** The request, with the items that it refers to, as the lens sees it. */
  async function asked(
    body: Uint8Array,
    call: EndpointCall,
    caller: Caller,
  ): Promise<Asked & { history: History }> {
    const options = responses()
    const expanded = await expand(body, askerOf(caller), kept, {
      ...options,
      take: (bytes) => call.take(bytes),
    })
    await checkLongBody(expanded.body, options, pauseOf(call.request.signal))
    const { storesUpstream } = kept.rule()
    return {
      ...expanded,
      view: viewResponses(expanded.body, options, expanded.own),
      history: { storesUpstream, proofs: expanded.proofs },
    }
  }

  const create = jsonDoor({
    ...common,
    gate: keeping,
    path: '/v1/responses',
    async operation(body, call, caller) {
      const { history, ...request } = await asked(body, call, caller)
      const operation = responsesOperation(
        request.view,
        { ...responses(), headers: call.request.headers },
        history,
      )
      if (kept.rule().keepMs > 0 && request.view.isStored) running.set(operation, request)
      return operation
    },
  })
  const beside = Object.entries(operationsBeside).map(([path, operationOf]) =>
    jsonDoor({
      ...common,
      gate,
      path,
      async operation(body, call, caller) {
        const { view, history } = await asked(body, call, caller)
        return operationOf(view, { ...responses(), headers: call.request.headers }, history)
      },
    }),
  )
  return [create, ...beside, ...keptDoors(gate, kept), ...refusedDoors(gate)]
}

const operationsBeside = {
  '/v1/responses/input_tokens': countOperation,
  '/v1/responses/compact': compactOperation,
}

const targetHeader = 'x-gatehouse-target'

function providerOf(headers: readonly (readonly [string, string])[]): string {
  return headers.find(([name]) => name === targetHeader)?.[1].split('/', 1)[0] ?? ''
}

function inputOf({ document }: ResponsesView): Uint8Array {
  const span = document.members.get('input')
  return span ? document.bytes.subarray(span.start, span.end) : Buffer.from('[]')
}

function includeOf({ document }: ResponsesView): string[] {
  const span = document.members.get('include')
  if (span?.kind !== 'array') return []
  return elements(document, span).flatMap((each) =>
    each.kind === 'string' ? [stringAt(document, each)] : [],
  )
}
