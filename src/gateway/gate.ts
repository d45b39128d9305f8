// The gate, which every module of traffic/ receives. It opens an exchange for an operation. Start reading
// here, then pipeline.ts.

import { GatewayError } from '../contract/errors.ts'
import type { ExchangeRecord } from '../contract/record.ts'
import { resourceKindOf } from '../contract/resource.ts'
import type { Gate, CallSlot } from '../contract/gate.ts'
import type { Caller } from '../contract/principal.ts'
import { ownerOf } from '../contract/principal.ts'
import { newId } from '../kit/id.ts'
import { Call } from './call.ts'
import type { Identified } from './exchange.ts'
import { type Identifying, callerName, identify, recall } from './identify/index.ts'
import type { Parts } from './parts.ts'
import { openExchange } from './pipeline.ts'
import { nameRun, ownRun } from './run.ts'

export interface GateOptions {
  /** Why new calls are refused, if they are: shutting down, failing journal, too many in flight. */
  closed(): GatewayError | undefined
}

export function createGate(parts: Parts, { closed }: GateOptions): Gate {
  const identified = (caller: Caller): Identified => {
    if (isIdentified(caller)) return caller
    throw new GatewayError('internal', 'The caller was not identified by this gate.')
  }
  function identifying(): Identifying {
    const refusal = closed()
    if (refusal) throw refusal
    return { directory: parts.directory, principals: parts.runtime().principals, clock: parts.clock }
  }
  return {
    identify: (credential, call) => identify(identifying(), credential, call),
    recall: (owner, key) => recall(identifying(), owner, key),
    connect: (caller, connecting) => parts.connections.connect(identified(caller), connecting),
    enter(caller): Seat {
      const place = parts.admission.enter(identified(caller).principal)
      const arrived = parts.running.expect()
      return {
        arrived,
        leave() {
          arrived()
          place.leave()
        },
      }
    },
    open(caller, operation, call) {
      // From here on it counts as a running call.
      if (call.place && isSeat(call.place)) call.place.arrived()
      return openExchange(parts, identified(caller), operation, call)
    },
    judge: (caller, resource, facts) =>
      parts.runtime().judge(identified(caller), resource, facts ?? {}, parts.clock.now()),
    issueRunToken(caller, { member, ttlMs, run: named, exchange }) {
      const { principal } = identified(caller)
      const within = exchange === undefined ? undefined : parts.running.find(exchange)
      const parent =
        within instanceof Call && within.caller.principal.id === principal.id ? within : undefined
      if (exchange !== undefined && !parent)
        throw new GatewayError('bad-request', 'The exchange is not running, or belongs to another caller.', {
          param: 'exchange',
        })
      if (named === undefined && !parent)
        throw new GatewayError('bad-request', 'Give the id of the run, or of one of its running exchanges.', {
          param: 'run',
        })
      // In a joined run, only its owner can admit others.
      if (parent?.membership.owner)
        throw new GatewayError(
          'bad-request',
          'The run belongs to another principal. Only that principal can issue its tokens.',
          { param: 'exchange' },
        )
      if (parent?.ticket?.isLoneRun === true)
        throw new GatewayError(
          'bad-request',
          'This call has no run that others could join; name a run in "x-gatehouse-run" of the call.',
          {
            param: 'exchange',
          },
        )
      const run = named === undefined ? (parent?.run ?? '') : nameRun(callerName(principal), named)
      const expiresAt = parts.clock.now() + ttlMs
      const [kind = '', ...name] = member.split(':')
      const ticket = {
        run,
        owner: ownerOf(principal),
        key: principal.key?.id,
        exchange,
        depth: parent?.membership.depth ?? 0,
        expiresAt,
      }
      return { token: parts.tokens.issue(`${kind}:gatehouse:${name.join(':')}`, ticket), run, expiresAt }
    },
    refused(error, what) {
      const id = newId()
      if (error.code === 'internal')
        parts.log.error('a request failed inside Gatehouse', { exchange: id }, error.cause ?? error)
      if (!what.caller) {
        // Clients can cause these without a key, so they are counted and not recorded one by one.
        parts.metrics.countAnonymous(error.code)
        parts.recorder.floods.count(error.code, what.dialect, what.kind)
        return id
      }
      const record = refusal(id, error, what, identified(what.caller), parts)
      parts.metrics.count(record)
      parts.recorder
        .close(record)
        .catch((thrown: unknown) =>
          parts.log.error('a record could not be journaled', { exchange: id }, thrown),
        )
      return id
    },
  }
}

interface Seat extends CallSlot {
  /** Idempotent. */
  arrived(): void
}

const isSeat = (place: CallSlot): place is Seat => 'arrived' in place

/** Only `identify` makes callers. */
const isIdentified = (caller: Caller): caller is Identified => 'subject' in caller.principal

function refusal(
  id: string,
  error: GatewayError,
  what: Parameters<Gate['refused']>[1],
  { principal, subject }: Identified,
  parts: Parts,
): ExchangeRecord {
  const totalMs = parts.clock.monotonic() - what.startedAt
  return {
    id,
    at: parts.clock.now(),
    kind: what.kind,
    resource: { kind: resourceKindOf[what.kind], name: '' },
    dialect: what.dialect,
    isStream: false,
    run: ownRun(callerName(principal), id),
    ...(subject.key === undefined ? {} : { key: subject.key }),
    team: subject.team,
    teamPath: subject.teamPath,
    outcome: error.code === 'client-gone' ? 'canceled' : 'refused',
    status: error.row.status,
    code: error.code,
    attempts: [],
    costNano: '0',
    costBasis: 'free',
    requestBytes: what.bytes ?? 0,
    replyBytes: 0,
    times: { gateMs: totalMs, totalMs },
    snapshot: parts.runtime().snapshot.version,
  }
}
