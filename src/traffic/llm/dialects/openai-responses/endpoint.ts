// POST /v1/responses, which keeps responses for later references, and the paths that count and compact the
// same requests.

import type { Operation } from '../../../../contract/operation.ts'
import type { Endpoint, EndpointCall } from '../../../../contract/endpoint.ts'
import type { Gate } from '../../../../contract/gate.ts'
import type { Caller } from '../../../../contract/principal.ts'
import { elements, stringAt } from '../../../../kit/json-spans.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { checkLongBody } from '../../../wire/body.ts'
import { createJsonEndpoint, pauseOf } from '../../../wire/json-endpoint.ts'
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
import { handleCallerOf } from './state/endpoint.ts'

export interface ResponsesDoorsOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  responses: () => OperationOptions & Omit<ExpandLimits, 'take'>
  kept: KeptResponses
}

/** A request with the items that it refers to. The response is kept together with it. */
interface ExpandedRequest extends Expanded {
  view: ResponsesView
}

/** Running requests whose responses will be kept. */
type RunningRequests = WeakMap<Operation, ExpandedRequest>

export function responsesDoors({ gate, responses, kept }: ResponsesDoorsOptions): Endpoint[] {
  const running: RunningRequests = new WeakMap()
  const common = {
    credential: bearerOf,
    dialect,
    kind: 'model.generate',
    // Codex sends this (version 0.171).
    sessionHeader: 'session-id',
    limits: responses,
    writeError,
    writeBrokenStream,
  } as const

  /** The request, with the items that it refers to, as the lens sees it. */
  async function expandRequest(
    body: Uint8Array,
    call: EndpointCall,
    caller: Caller,
  ): Promise<ExpandedRequest & { history: History }> {
    const options = responses()
    const expanded = await expand(body, handleCallerOf(caller), kept, {
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

  const create = createJsonEndpoint({
    ...common,
    gate: keepResponses(gate, kept, running),
    path: '/v1/responses',
    async operation(body, call, caller) {
      const { history, ...request } = await expandRequest(body, call, caller)
      const operation = responsesOperation(
        request.view,
        { ...responses(), headers: call.request.headers },
        history,
      )
      if (kept.rule().keepMs > 0 && request.view.isStored) running.set(operation, request)
      return operation
    },
  })
  const others = Object.entries(otherOperations).map(([path, operationOf]) =>
    createJsonEndpoint({
      ...common,
      gate,
      path,
      async operation(body, call, caller) {
        const { view, history } = await expandRequest(body, call, caller)
        return operationOf(view, { ...responses(), headers: call.request.headers }, history)
      },
    }),
  )
  return [create, ...others, ...keptDoors(gate, kept), ...refusedDoors(gate)]
}

/** The gate, which keeps responses on their way to the client. */
function keepResponses(gate: Gate, kept: KeptResponses, running: RunningRequests): Gate {
  return {
    ...gate,
    async open(caller, operation, call) {
      const response = await gate.open(caller, operation, call)
      const request = running.get(operation)
      if (!request) return response
      const name = kept.newName(handleCallerOf(caller))
      const { previous, proofs, view } = request
      const rewrite = { id: name.id, ...(previous === undefined ? {} : { previous }) }
      return captureResponse(response, rewrite, (bytes) =>
        kept.put({
          ...name,
          proofs,
          response: bytes,
          provider: providerOf(response.headers),
          input: inputOf(view),
          include: includeOf(view),
        }),
      )
    },
  }
}

const otherOperations = {
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
