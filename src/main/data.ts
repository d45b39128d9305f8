// What lies in the data folder: the lock on it, the key that seals secrets, the store, the journal with its
// records, and the money.

import type { Store } from '../contract/store.ts'
import type { Clock } from '../kit/clock.ts'
import { newId, newSecret } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import { openSecretBox } from '../control/index.ts'
import { type Admission, admission, memoryCounters } from '../gateway/admit/index.ts'
import { bootId, type Files, type Recorder, startRecorder } from '../gateway/record/index.ts'
import { lockFolder, openSqliteStore } from '../storage/sqlite/index.ts'
import { barredFile } from './barred.ts'
import { checkFormat, writeFormat } from './folder-format.ts'
import { handleSecrets } from './handle-keys.ts'
import { type KeptFile, keptFile } from './kept-file.ts'
import type { Environment } from './reveal.ts'
import { type Troubles, troubles } from './troubles.ts'
import type { Undo } from './undo.ts'

export interface Data {
  /** Secrets that seal what callers hold and what is kept for them, newest first. */
  handleSecrets: readonly string[]
  kept: KeptFile
  box: ReturnType<typeof openSecretBox>
  store: Store
  recorder: Recorder
  admits: Admission
  trouble: Troubles
}

export interface DataParts {
  env: Environment
  clock: Clock
  log: Log
  undo: Undo
  /** Instead of the journal's disk, for tests. */
  files?: Files | undefined
}

/**
 * @param folder made when it is missing
 * @throws Error when another process has the folder, or what lies in it cannot be used
 */
export async function openData(folder: string, { env, clock, log, undo, files }: DataParts): Promise<Data> {
  const lock = lockFolder(folder)
  undo.push(() => lock.release())
  checkFormat(folder)
  const box = openSecretBox(folder, env['GATEHOUSE_SECRET_KEY'], () => newSecret('ghs'))
  const secrets = handleSecrets(folder, env['GATEHOUSE_HANDLE_KEYS'], () => newSecret('ghh'))
  let lastRun: string | undefined
  const trouble = troubles(() => lastRun)
  const report = (event: { kind: string; message: string }) => {
    trouble.note(event)
    log.warn(event.message, { event: event.kind })
  }

  const store = await openSqliteStore({ path: `${folder}/gatehouse.db`, clock, report })
  undo.push(() => store.close())
  const { ledger, drain } = store
  const recorder = await startRecorder({
    folder,
    ledger,
    drain,
    clock,
    bootId: bootId(),
    newId,
    report,
    ...(files ? { files } : {}),
  })
  undo.push(() => recorder.end())
  writeFormat(folder)
  lastRun = recorder.recovered.reason

  const kept = keptFile(`${folder}/kept.db`, { clock, log })
  undo.push(() => kept.store.close())

  const barred = barredFile(folder, log)
  const admits = admission({
    barred: barred.read(),
    barredChanged: barred.write,
    ledger,
    clock,
    counters: memoryCounters(clock),
    registration: recorder.registration,
    register: recorder.registerAgain,
    position: () => recorder.journal.synced(),
    granted({ holds, now }, seq) {
      const lines = holds.map(({ budget, window, granted, returned }) => ({
        budget,
        window,
        granted: String(granted),
        returned: String(returned),
      }))
      // For proof, not for money: a journal in trouble is told by /readyz.
      recorder.journal
        .grant({ kind: 'grant', at: now, seq, holds: lines })
        .catch((thrown: unknown) => log.warn('a grant could not be journaled', {}, thrown))
    },
    sweepFailed: (thrown) =>
      log.warn('budgets and runs that are over could not be closed; tried again every 10 s', {}, thrown),
    faulted: (thrown) => log.error('an answer of the ledger could not be taken in', {}, thrown),
  })
  undo.push(() => admits.stop())
  // What earlier runs spent must be booked before this one may spend: a database that was set back from a
  // backup would not know of it.
  await recorder.reconciled
  return { box, handleSecrets: secrets, kept, store, recorder, admits, trouble }
}
