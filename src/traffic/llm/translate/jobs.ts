// The jobs and results of a translating thread: plain data in both directions. Bodies are transferred, never
// shared.

import { GatewayError } from '../../../contract/errors.ts'
import type { ErrorCode, ErrorDetails } from '../../../contract/errors.ts'
import type { Loss } from '../../../contract/response.ts'
import type { SideFacts, UpstreamResponse } from '../../../contract/upstream.ts'
import { isObject, parseJson, textIn } from '../../../kit/json.ts'
import { oneChunk } from '../../wire/response-form.ts'
import type { AnyCodec, EncodeContext, IncomingCall } from '../canonical/index.ts'
import type { Dialect } from '../dialect.ts'
import { LossNotes } from '../losses/index.ts'
import type { DialectTable } from '../fields/index.ts'
import type { Departures } from '../provider.ts'
import type { World } from './generate.ts'
import { pairOf } from './pair-of.ts'
import type { NotesFor, Pair, Prepared, ResponsePlan } from './pair.ts'
import { wholeBytes } from '../../wire/response-limits.ts'

export interface Route {
  /** The client's dialect. */
  front: Dialect
  /** The provider's dialects. */
  backs: readonly Dialect[]
  departures: Departures
  /** `provider/model`, for error messages. */
  target: string
}

export interface RequestJob {
  kind: 'request'
  route: Route
  call: IncomingCall & { body: Uint8Array }
  target: EncodeContext['target']
}

export interface ResponseJob {
  kind: 'response'
  route: Route
  back: Dialect
  plan: ResponsePlan
  losses: readonly Loss[]
  status: number
  headers: [string, string][]
  bytes: Uint8Array
  /** Must the result hold the texts, too? */
  followsTexts: boolean
}

export type Job = RequestJob | ResponseJob

export interface WholeResponse {
  status: number
  headers: [string, string][]
  bytes: Uint8Array
  sideFacts: SideFacts
  texts: string[]
}

export type JobResult =
  | { kind: 'prepared'; prepared: Prepared }
  | { kind: 'response'; response: WholeResponse }
  | { kind: 'refused'; code: ErrorCode; message: string; details: Omit<ErrorDetails, 'cause'> }
  /** An internal fault. */
  | { kind: 'failed'; message: string }

/** The provider's dialect with the departures of this provider. */
export function tableWith({ table }: AnyCodec, { carries, limits }: Departures): DialectTable {
  return { ...table, carries: { ...table.carries, ...carries }, limits: { ...table.limits, ...limits } }
}

/** Never rejects. */
export async function runJob(job: Job, codecs: readonly AnyCodec[], world: World): Promise<JobResult> {
  try {
    const { front, backs, departures, target } = job.route
    const pair = pairOf(front, backs, codecs, world)
    if (!pair) throw new Error(`no translation from ${front} to ${backs.join(', ')}`)
    const notesFor: NotesFor = (codec) =>
      new LossNotes({
        front: pair.front.table,
        back: tableWith(codec, departures),
        backDialect: codec.dialect,
        target,
      })
    return job.kind === 'request'
      ? prepare(job, pair, notesFor)
      : { kind: 'response', response: await translateWhole(job, pair, notesFor) }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError))
      return {
        kind: 'failed',
        message: thrown instanceof Error ? `${thrown.name} in ${placeOf(thrown)}` : 'unknown',
      }
    const { cause: _own, ...details } = thrown.details
    return { kind: 'refused', code: thrown.code, message: thrown.message, details }
  }
}

function prepare({ call, target, route }: RequestJob, pair: Pair, notesFor: NotesFor): JobResult {
  const { encoded, plan, ...rest } = pair.prepare(call, notesFor, { departures: route.departures, target })
  const body = typeof encoded.body === 'string' ? new TextEncoder().encode(encoded.body) : encoded.body
  return { kind: 'prepared', prepared: { ...rest, encoded: { ...encoded, body }, plan: packed(plan) } }
}

async function translateWhole(job: ResponseJob, pair: Pair, notesFor: NotesFor): Promise<WholeResponse> {
  const back = pair.backs.find(({ dialect }) => dialect === job.back) ?? pair.front
  const notes = notesFor(back)
  notes.losses.push(...job.losses)
  const texts: string[] = []
  const { status, headers, bytes } = job
  const response: UpstreamResponse = {
    status,
    headers: new Headers(headers),
    body: oneChunk(bytes),
    bytes: async () => bytes,
    ...(job.followsTexts && { trail: { isOpen: false, follow: (text: string) => void texts.push(text) } }),
  }
  const made = await pair.translateResponse(unpacked(job.plan), back, notes, response)
  const written = await made.bytes(wholeBytes)
  return {
    status: made.status,
    headers: [...made.headers],
    bytes: new Uint8Array(written),
    sideFacts: made.sideFacts ?? { losses: notes.losses },
    texts,
  }
}

/**
 * Numbers that no double holds (`JSON.rawJSON`) cannot be posted to a thread, so the echo crosses as text.
 */
export function packed(plan: ResponsePlan): ResponsePlan {
  if (plan.family !== 'generate' || plan.seed.echo === undefined) return plan
  return { ...plan, seed: { ...plan.seed, echo: { text: JSON.stringify(plan.seed.echo) } } }
}

export function unpacked(plan: ResponsePlan): ResponsePlan {
  if (plan.family !== 'generate' || plan.seed.echo === undefined) return plan
  const echo = parseJson(textIn(plan.seed.echo['text']) ?? '{}')
  return { ...plan, seed: { ...plan.seed, ...(isObject(echo) && { echo }) } }
}

/** The place of the throw. The message is left out, because it may quote content. */
const placeOf = ({ stack = '' }: Error): string => /[\w-]+\.ts:\d+/.exec(stack)?.[0] ?? 'an unknown place'
