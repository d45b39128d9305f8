// An exchange between its open and its close: what the steps share and change. One per call; leaves nothing behind.

import { createHash } from 'node:crypto'
import { GatewayError } from '../contract/errors.ts'
import type { Operation } from '../contract/operation.ts'
import type { OpenCall } from '../contract/door.ts'
import type { Timer } from '../kit/clock.ts'
import { newId } from '../kit/id.ts'
import type { Ticket } from './admit/index.ts'
import { type Draft, draft } from './draft.ts'
import type { Exchange, Identified } from './exchange.ts'
import { callerName } from './identify/index.ts'
import type { Parts } from './parts.ts'
import type { Runtime } from './provision.ts'
import type { RunningCall } from './running.ts'

export interface Live extends RunningCall {
  readonly exchange: string
  readonly about: Exchange
  readonly runtime: Runtime
  readonly draft: Draft
  ticket: Ticket | undefined
  /** Why the call must end although nothing failed: client gone, revoked, killed, drained. The first reason stays. */
  stopped: GatewayError | undefined
  isClosed: boolean
  /** The client left while an attempt was out that a hard budget pays for: it is read for its usage, and nobody gets the answer. */
  isLeft: boolean
  /** Set by whoever must hear at once that the call was stopped: the answer, of which nobody may be pulling the rest. */
  whenStopped: (() => void) | undefined
  /** @throws GatewayError when the call was stopped */
  check(): void
  /** For what begins now and ends when the call is stopped: an attempt, a pause between two. The one before is over by then. */
  abort(): AbortController
  /** From here on the client's leaving is another's to handle. */
  handOver(leave: () => void): void
  /** Ends the link with the client's connection: from here on its leaving is nobody's concern. */
  detach(): void
}

export function live(parts: Parts, caller: Identified, operation: Operation, call: OpenCall): Live {
  const id = newId()
  const runtime = parts.runtime()
  const about: Exchange = { id, run: runOf(caller, call, id), caller, call, asked: operation }
  let abort: AbortController | undefined
  let patience: Timer | undefined
  const clientLeft = () => {
    const gone = clientGone()
    const { drainOnClientGoneMs } = runtime.snapshot
    if (!self.ticket?.isHard || self.draft.gateDoneAt === undefined || drainOnClientGoneMs === 0) return self.stop(gone)
    // Its cost would have to be charged at the bound, which is often many times what it was.
    self.isLeft = true
    patience = parts.clock.after(drainOnClientGoneMs, () => self.stop(gone))
  }
  const self: Live = {
    exchange: id,
    run: about.run,
    key: caller.principal.key?.id,
    about,
    runtime,
    draft: draft(about, parts.clock.now(), runtime.snapshot.version),
    ticket: undefined,
    stopped: undefined,
    isClosed: false,
    isLeft: false,
    whenStopped: undefined,
    check() {
      if (self.stopped) throw self.stopped
    },
    stop(error) {
      if (self.stopped || self.isClosed) return
      self.stopped = error
      abort?.abort(error)
      self.whenStopped?.()
    },
    abort() {
      abort = new AbortController()
      if (self.stopped) abort.abort(self.stopped)
      return abort
    },
    handOver(leave) {
      patience?.cancel()
      whenLeft = leave
    },
    detach() {
      // or the whole call, its body too, would be kept until then
      patience?.cancel()
      call.clientGone.removeEventListener('abort', onGone)
    },
  }
  // One listener for the whole call: adding and removing each costs more than most steps.
  let whenLeft = clientLeft
  const onGone = () => whenLeft()
  if (call.clientGone.aborted) clientLeft()
  else call.clientGone.addEventListener('abort', onGone, onceOnly)
  parts.running.enter(self)
  return self
}

const onceOnly = { once: true }

export const clientGone = () => new GatewayError('client-gone', 'The client left before the answer was complete.')

const longestRun = 128

/** Runs are scoped by key, those that we name too: nobody joins another's run, and a client joins its own by sending back what it was told. */
function runOf(caller: Identified, call: OpenCall, id: string): string {
  const scope = scopeOf(callerName(caller.principal))
  const sent = call.headers.get('x-gatehouse-run') || call.session
  if (!sent) return ownRun(callerName(caller.principal), id)
  return scope + runName(sent.startsWith(scope) ? sent.slice(scope.length) : sent)
}

/** Records hold no content: a name that is none becomes its hash, which still groups the calls of the run. */
function runName(sent: string): string {
  if (sent.length <= longestRun && /^[\w.:@/+~=-]+$/.test(sent)) return sent
  return `hash_${createHash('sha256').update(sent).digest('hex').slice(0, 32)}`
}

/** The run of an exchange that nobody put into one. */
export const ownRun = (key: string, exchange: string) => `${scopeOf(key)}run_${exchange}`

/** Ids of keys may hold colons: `a` must not reach the runs of `a:b`. */
const scopeOf = (key: string) => `${key.replaceAll(':', '%3A')}:`
