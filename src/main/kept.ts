// Kept responses: encrypted in the store, under the active rules, for existing keys.

import type { KeyEntry } from '../contract/directory.ts'
import { createHandles } from '../contract/handle.ts'
import { createSealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { createKeptResponses } from '../traffic/llm/index.ts'
import type { Data } from './data.ts'
import type { Rules } from './rules.ts'
import type { Undo } from './undo.ts'

export type KeptResponses = ReturnType<typeof createKeptResponses>

export function openKept(
  { kept, handleSecrets }: Data,
  { directory, runtime }: Rules,
  { clock, log, undo }: { clock: Clock; log: Log; undo: Undo },
): KeptResponses {
  let reportedAt: number | undefined
  const responses = createKeptResponses({
    ...kept,
    handles: createHandles(createSealer(handleSecrets, 'handle'), clock),
    sealer: createSealer(handleSecrets, 'kept'),
    clock,
    rule: () => runtime().snapshot.responses,
    isMaker(id) {
      const key = directory.byId(id)
      return key !== undefined && keepsObjects(key)
    },
    report(message, thrown) {
      // Every call could report the same trouble.
      if (reportedAt !== undefined && clock.monotonic() - reportedAt < quietMs) return
      reportedAt = clock.monotonic()
      log.warn(`${message}; calls still work`, { file: 'kept.db' }, thrown)
    },
  })
  undo.push(() => responses.close())
  undo.push(
    directory.listen((delta) => {
      if (delta.kind === 'remove') void responses.forget(delta.key)
      else if (!keepsObjects(delta.key)) void responses.forget(delta.key.id)
    }),
  )
  return responses
}

const keepsObjects = ({ revokedAt, keepsObjects: keeps }: KeyEntry) =>
  revokedAt === undefined || keeps === true

const quietMs = 10_000
