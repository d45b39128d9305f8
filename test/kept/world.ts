// Kept responses, with the store in memory or another one, a clock that a test moves, and keys that a test
// removes.

import { type HandleCaller, createHandles } from '../../src/contract/handle.ts'
import type { ResponsesRule } from '../../src/contract/snapshot.ts'
import type { KeptStore } from '../../src/contract/stores.ts'
import { createSealer } from '../../src/kit/aead.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { createKeptResponses } from '../../src/traffic/llm/index.ts'
import { memoryKept } from '../../src/storage/memory/index.ts'

export const hour = 3_600_000
export const secret = 'ghh_a-secret-of-tests-that-is-none-0123456789'

/** A plain key, or the key of a workload. */
export const as = (key: string, principal = `key:gatehouse:${key}`, team = 'research'): HandleCaller => ({
  owner: { principal, team },
  key,
})

export function keptInMemory(
  more: {
    store?: KeptStore
    rule?: Partial<ResponsesRule>
    isUsed?: boolean
    secrets?: readonly string[]
  } = {},
) {
  const { store = memoryKept(), secrets = [secret] } = more
  const clock = createFakeClock()
  const rule: ResponsesRule = {
    keepMs: 24 * hour,
    bytesPerKey: 1024 * 1024,
    totalBytes: 4 * 1024 * 1024,
    storesUpstream: false,
    ...more.rule,
  }
  const gone = new Set<string>()
  const reports: string[] = []
  const kept = createKeptResponses({
    store,
    handles: createHandles(createSealer(secrets, 'handle'), clock),
    sealer: createSealer(secrets, 'kept'),
    clock,
    rule: () => rule,
    isMaker: (key) => !gone.has(key),
    isUsed: more.isUsed ?? false,
    report: (message) => void reports.push(message),
  })
  return { kept, store, clock, rule, gone, reports }
}
