// POST /v1/run-tokens: the owner of a run lets another principal join it. The member's calls carry the token
// in `x-gatehouse-run-token`.

import { z } from 'zod'
import type { Endpoint } from '../../contract/endpoint.ts'
import type { Gate } from '../../contract/gate.ts'
import { GatewayError, asGatewayError } from '../../contract/errors.ts'
import { bearerOf } from '../wire/bearer.ts'
import { asResponse, writeRefusal } from '../wire/refusal.ts'

const requestSchema = z.strictObject({
  /** `kind:name` of the principal that may join: `workload:reviewer`, `key:ci`, `person:ann`. */
  for: z
    .string()
    .regex(/^(key|workload|person):.{1,256}$/u, 'must be "key:NAME", "workload:NAME" or "person:NAME"'),
  /**
   * As in `x-gatehouse-run` of the caller's responses. Absent: the run that this request names in that
   * header.
   */
  run: z.string().min(1).max(512).optional(),
  /** A running exchange of the caller: what the member does appears below it. */
  exchange: z.uuid().optional(),
  expiresInSeconds: z.int().min(1).max(86_400).default(900),
})

export function runTokenDoor(gate: Gate): Endpoint {
  return {
    method: 'POST',
    path: '/v1/run-tokens',
    credential: bearerOf,
    refuse: refusal,
    async handle(call) {
      try {
        const caller = gate.identify(bearerOf(call.request), {
          peer: call.peer,
          headers: call.request.headers,
        })
        const { for: member, expiresInSeconds, ...about } = read(await call.body(caller.principal.id))
        const run = about.run ?? call.request.headers.get('x-gatehouse-run') ?? undefined
        const { exchange } = about
        const issued = gate.issueRunToken(caller, {
          member,
          ttlMs: expiresInSeconds * 1000,
          ...(run !== undefined && { run }),
          ...(exchange && { exchange }),
        })
        return Response.json(
          { token: issued.token, run: issued.run, expiresAt: new Date(issued.expiresAt).toISOString() },
          { headers: noStore },
        )
      } catch (thrown) {
        return refusal(asGatewayError(thrown))
      }
    },
  }
}

const noStore = { 'cache-control': 'no-store' }

function read(body: Uint8Array): z.output<typeof requestSchema> {
  const parsed = requestSchema.safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const param = issue?.path.join('.')
  throw new GatewayError(
    'bad-request',
    `${param ? `"${param}": ` : ''}${issue?.message ?? 'the body is not valid'}`,
    param ? { param } : {},
  )
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  } catch {
    throw new GatewayError('bad-request', 'The body must be JSON: { "for": "workload:NAME", "run": "..." }.')
  }
}

function refusal(error: GatewayError, exchange?: string): Response {
  const { code, message, details } = error
  return asResponse(
    writeRefusal(error, exchange, {
      error: { code, message, ...(details.param !== undefined && { param: details.param }) },
    }),
  )
}
