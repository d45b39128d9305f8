// What is kept of responses: sealed, in the store, under the rules in force, for keys that are there.

import type { KeyEntry } from '../contract/directory.ts'
import { createHandles } from '../contract/handle.ts'
import { sealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { keptResponses } from '../traffic/llm/index.ts'
import type { Data } from './data.ts'
import type { Rules } from './rules.ts'
import type { Undo } from './undo.ts'

export type Kept = ReturnType<typeof keptResponses>

export function openKept(
  { kept, handleSecrets }: Data,
  { keys, inForce }: Rules,
  { clock, log, undo }: { clock: Clock; log: Log; undo: Undo },
): Kept {
  let toldAt: number | undefined
  const responses = keptResponses({
    ...kept,
    handles: createHandles(sealer(handleSecrets, 'handle'), clock),
    sealer: sealer(handleSecrets, 'kept'),
    clock,
    rule: () => inForce().snapshot.responses,
    isMaker(id) {
      const key = keys.byId(id)
      return key !== undefined && keepsObjects(key)
    },
    report(message, thrown) {
      // Each call could say it.
      if (toldAt !== undefined && clock.monotonic() - toldAt < quietMs) return
      toldAt = clock.monotonic()
      log.warn(`${message}; calls go on`, { file: 'kept.db' }, thrown)
    },
  })
  undo.push(() => responses.close())
  undo.push(
    keys.listen((delta) => {
      if (delta.kind === 'remove') void responses.forget(delta.key)
      else if (!keepsObjects(delta.key)) void responses.forget(delta.key.id)
    }),
  )
  return responses
}

const keepsObjects = ({ revokedAt, keepsObjects: keeps }: KeyEntry) =>
  revokedAt === undefined || keeps === true

const quietMs = 10_000
