import { describe, expect, test } from 'bun:test'
import type { EndpointCall } from '../../contract/endpoint.ts'
import type { Gate, GatewayResponse } from '../../contract/gate.ts'
import type { Caller } from '../../contract/principal.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import { bearerOf } from './bearer.ts'
import { createJsonEndpoint } from './json-endpoint.ts'
import { writeRefusal } from './refusal.ts'

const call = (): EndpointCall => ({
  request: new Request('http://gate.test/x', {
    method: 'POST',
    headers: { authorization: 'Bearer k' },
    body: '{}',
  }),
  path: '/x',
  peer: { address: '203.0.113.9', isLoopback: false },
  startedAt: 0,
  body: async () => Buffer.from('{}'),
  take: () => {},
  streamed: () => () => {},
  keepOpen: () => () => {},
  upgrade: () => new Response(null, { status: 101 }),
})

/** An endpoint whose gate opens as given, and the failures that were reported to the gate. */
function doorTo(open: Gate['open']) {
  const refused: GatewayError[] = []
  const gate: Gate = {
    identify: () => ({ principal: { id: 'key:gatehouse:k' }, subject: {} }) as unknown as Caller,
    enter: () => ({ leave: () => {} }),
    refused: (error: GatewayError) => (refused.push(error), 'noted'),
    open,
  } as unknown as Gate
  const door = createJsonEndpoint({
    gate,
    path: '/x',
    credential: bearerOf,
    dialect: 'd',
    kind: 'tool.call',
    limits: () => ({ maxDepth: 8 }),
    operation: () => ({}) as Operation,
    writeError: (error, exchange) => writeRefusal(error, exchange, { code: error.code }),
    writeBrokenStream: () => '',
  })
  return { door, refused }
}

describe('a JSON endpoint', () => {
  test('reports an internal failure after the gate to the gate, and abandons the call', async () => {
    let isCanceled = false
    const headers = {
      [Symbol.iterator]: () => {
        throw new TypeError('not iterable')
      },
    } as unknown as GatewayResponse['headers']
    const governed = {
      exchange: 'x',
      status: 200,
      headers,
      isStream: true,
      next: async () => undefined,
      cancel: () => void (isCanceled = true),
    }
    const { door, refused } = doorTo(async () => governed)
    const response = await door.handle(call())
    expect([response.status, response.headers.get('x-gatehouse-exchange')]).toEqual([500, 'noted'])
    expect(refused.map(({ code, cause }) => [code, String(cause)])).toEqual([
      ['internal', 'TypeError: not iterable'],
    ])
    expect(isCanceled).toBe(true)
  })

  test('does not report the errors of the gate again, because the gate has recorded them', async () => {
    const { door, refused } = doorTo(() => Promise.reject(new GatewayError('policy-denied', 'no')))
    expect((await door.handle(call())).status).toBe(403)
    expect(refused).toEqual([])
  })
})
