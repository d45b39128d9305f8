// The running exchanges of this node, for signals and shutdown.

import { GatewayError } from '../contract/errors.ts'
import type { Signal } from '../contract/signals.ts'
import { revokedRefusal } from './identify/index.ts'

export interface RunningCall {
  readonly exchange: string
  readonly run: string
  readonly key: string | undefined
  /** Key of the owner of its run, if it is another principal. */
  readonly ownerKey?: string | undefined
  /** Ends the call with this error at its next step; a pending upstream read is aborted. */
  stop(error: GatewayError): void
}

export interface RunningCalls {
  /** A call counts even before its body has arrived. @returns idempotent */
  expect(): () => void
  enter(call: RunningCall): void
  leave(call: RunningCall): void
  /** The running call of this exchange. */
  find(exchange: string): RunningCall | undefined
  count(): number
  receive(signal: Signal): void
  /** Resolves when no exchange is running. */
  idle(): Promise<void>
  stopAll(error: GatewayError): void
}

export function createRunningCalls(): RunningCalls {
  const calls = new Map<string, RunningCall>()
  let waiting: (() => void)[] = []
  let expected = 0

  function stopWhere(error: GatewayError, isMeant: (call: RunningCall) => boolean) {
    // Copied: stopping may take calls out of the set.
    for (const call of Array.from(calls.values())) if (isMeant(call)) call.stop(error)
  }

  return {
    expect() {
      expected += 1
      let isExpected = true
      return () => {
        if (isExpected) expected -= 1
        isExpected = false
      }
    },
    enter: (call) => void calls.set(call.exchange, call),
    find: (exchange) => calls.get(exchange),
    leave(call) {
      calls.delete(call.exchange)
      if (calls.size > 0) return
      const resolvers = waiting
      waiting = []
      for (const resolve of resolvers) resolve()
    },
    count: () => calls.size + expected,
    receive(signal) {
      if (signal.kind === 'revoke-key')
        stopWhere(revokedRefusal(), (call) => call.key === signal.key || call.ownerKey === signal.key)
      if (signal.kind === 'kill-exchange')
        stopWhere(killedError(), (call) => call.exchange === signal.exchange)
      if (signal.kind === 'kill-run') stopWhere(killedError(), (call) => call.run === signal.run)
    },
    idle: () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    stopAll: (error) => stopWhere(error, () => true),
  }
}

/** @param most that may run at once */
export const tooManyCallsError = (most: number) =>
  new GatewayError(
    'overloaded',
    `The gateway is at its bound of ${most} calls in flight (limits.inFlight).`,
    { retryAfterSeconds: 1 },
  )

export const killedError = () => new GatewayError('killed', 'An administrator stopped this call.')
