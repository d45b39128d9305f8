// Opens the data folder: its lock, the key that encrypts secrets, the store, the journal with its records, and
// the budgets.

import { existsSync } from 'node:fs'
import type { Store } from '../contract/store.ts'
import type { KeptStore } from '../contract/stores.ts'
import type { Clock } from '../kit/clock.ts'
import { newId, newSecret } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import { openSecretBox } from '../control/index.ts'
import { type Admission, createAdmission, createMemoryCounters } from '../gateway/admit/index.ts'
import { bootId, type Files, type Recorder, startRecorder } from '../gateway/record/index.ts'
import { lockFolder, openSqliteKept, openSqliteStore } from '../storage/sqlite/index.ts'
import { openBarredFile } from './barred-file.ts'
import { checkFormat, writeFormat } from './folder-format.ts'
import { readHandleSecrets } from './handle-keys.ts'
import type { Environment } from './reveal.ts'
import { type Troubles, createTroubles } from './troubles.ts'
import type { Undo } from './undo.ts'

export interface Data {
  /** Secrets that encrypt the handles of callers and the responses that are kept for them, newest first. */
  handleSecrets: readonly string[]
  kept: KeptFile
  box: ReturnType<typeof openSecretBox>
  store: Store
  recorder: Recorder
  admission: Admission
  troubles: Troubles
}

export interface KeptFile {
  store: KeptStore
  /** Did an earlier run create the file? */
  isUsed: boolean
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
 * @param folder created if it is missing
 * @throws Error if another process uses the folder, or its content cannot be used
 */
export async function openData(folder: string, { env, clock, log, undo, files }: DataParts): Promise<Data> {
  const lock = lockFolder(folder)
  undo.push(() => lock.release())
  checkFormat(folder)
  const box = openSecretBox(folder, env['GATEHOUSE_SECRET_KEY'], () => newSecret('ghs'))
  const secrets = readHandleSecrets(folder, env['GATEHOUSE_HANDLE_KEYS'], () => newSecret('ghh'))
  let lastRun: string | undefined
  const troubles = createTroubles(() => lastRun)
  const report = (event: { kind: string; message: string }) => {
    troubles.note(event)
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

  const kept = openKeptFile(`${folder}/kept.db`, { clock, log })
  undo.push(() => kept.store.close())

  const barred = openBarredFile(folder, log)
  const admission = createAdmission({
    barred: barred.read(),
    barredChanged: barred.write,
    ledger,
    clock,
    counters: createMemoryCounters(clock),
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
      // Grants are journaled as evidence; the money does not depend on them. /readyz reports a failing journal.
      recorder.journal
        .grant({ kind: 'grant', at: now, seq, holds: lines })
        .catch((thrown: unknown) => log.warn('a grant could not be journaled', {}, thrown))
    },
    sweepFailed: (thrown) =>
      log.warn('ended budgets and runs could not be closed; the next try is in 10 s', {}, thrown),
    faulted: (thrown) => log.error('a response of the ledger could not be processed', {}, thrown),
  })
  undo.push(() => admission.stop())
  // The spending of earlier runs must be booked before this run may spend, because a database that was restored
  // from a backup does not include it.
  await recorder.reconciled
  return { box, handleSecrets: secrets, kept, store, recorder, admission, troubles }
}

/** A failing file of kept responses never fails a call, so it is only logged and /readyz ignores it. */
function openKeptFile(path: string, { clock, log }: { clock: Clock; log: Log }): KeptFile {
  const report = ({ message }: { message: string }) => log.warn(message, { file: 'kept.db' })
  return { isUsed: existsSync(path), store: openSqliteKept({ path, clock, report }) }
}
