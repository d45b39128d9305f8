// The ledger in memory, with the contract of all ledgers, for tests and as the reference for other adapters.
// A restart loses it.

import type { Ledger } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import { type Operations, step } from './ledger-machine.ts'
import { emptyLedger, type LedgerState } from './ledger-state.ts'

export interface MemoryLedgerOptions {
  clock: Pick<Clock, 'now'>
  newId: () => string
  newNonce: () => string
  /** The state to inspect, or to start from. */
  state?: LedgerState
}

export function memoryLedger(options: MemoryLedgerOptions): Ledger {
  const { clock, newId, newNonce, state = emptyLedger(newId()) } = options
  const listeners = new Map<string, Set<() => void>>()

  // async, so that an exception of the machine rejects, as with a remote ledger
  async function run<Name extends keyof Operations>(
    name: Name,
    event: Operations[Name]['takes'],
  ): Promise<Operations[Name]['answers']> {
    const { reply, notices } = step(state, name, event, clock.now())
    for (const holder of notices) for (const receive of listeners.get(holder) ?? []) receive()
    return reply
  }

  return {
    holder: (id) => run('holder', { id }),
    register: (claim) => run('register', { claim, fresh: { holder: newId(), nonce: newNonce() } }),
    configured: (holder) => run('configured', { holder }),
    configure: (change) => run('configure', { change }),
    acquire: (request) => run('acquire', { request }),
    renew: (holder, epoch, position, after) => run('renew', { holder, epoch, position, after }),
    giveBack: (request) => run('giveBack', { request }),
    settle: (batch) => run('settle', { batch }),
    expire: (silentMs) => run('expire', { silentMs }),
    reconcile: (holder, beforeEpoch) => run('reconcile', { holder, beforeEpoch }),
    adopt: (holder) => run('adopt', { holder }),
    decide: (order) => run('decide', { order }),
    sweep: (ages) => run('sweep', ages),
    budgets: (query = {}) => run('budgets', query),
    listen(holder, receive) {
      const set = listeners.get(holder) ?? new Set()
      listeners.set(holder, set.add(receive))
      return () => {
        set.delete(receive)
        if (set.size === 0) listeners.delete(holder)
      }
    },
    async close() {},
  }
}
