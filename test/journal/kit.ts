// Shared by the journal's tests: entries, a disk that fails on command, temporary folders.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HolderStatus } from '../../src/contract/stores.ts'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { realFiles, type Files, type JournalFile } from '../../src/gateway/record/files.ts'
import { journalDisk } from '../../src/gateway/record/journal-disk.ts'
import type { JournalOptions } from '../../src/gateway/record/journal.ts'
import type { OpenEntry, RecordBase } from '../../src/gateway/record/journal-format.ts'
import { type Recovered, recover } from '../../src/gateway/record/recovery.ts'
import { listSegments, stretchesOf } from '../../src/gateway/record/segments.ts'
import { newId } from '../../src/kit/id.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'

export const window = '2026-11-01T00:00:00.000Z'
export const bucket = 'team/research/month/usd'

export const baseOf = (id: string): RecordBase => ({
  id,
  at: Date.UTC(2026, 10, 23, 12),
  kind: 'model.generate',
  resource: { kind: 'model', name: 'fast' },
  dialect: 'openai-chat',
  isStream: false,
  key: 'ci',
  team: 'research',
  requestBytes: 100,
})

export const openOf = (id = newId(), more: Partial<OpenEntry> = {}): OpenEntry => ({
  kind: 'open',
  exchange: id,
  attempt: 1,
  at: Date.UTC(2026, 10, 23, 12),
  target: 'demo/echo',
  boundNano: '1000',
  buckets: [{ bucket, window, amount: '1000', epoch: 1 }],
  base: baseOf(id),
  ...more,
})

export const recordOf = (id = newId(), more: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  ...baseOf(id),
  outcome: 'ok',
  status: 200,
  target: 'demo/echo',
  costNano: '300',
  costBasis: 'usage',
  usage: { inputTokens: 10, outputTokens: 5 },
  attempts: [{ number: 1, target: 'demo/echo', startedMs: 1, endedMs: 9, outcome: 'ok', status: 200 }],
  charges: [{ bucket, window, amount: '300', epoch: 1 }],
  replyBytes: 50,
  times: { gateMs: 1, totalMs: 9 },
  ...more,
})

export interface Fault {
  on: 'write' | 'sync' | 'create'
  code: string
  /** The number of failures; Infinity means until `faults` is emptied. */
  times: number
}

/** The real disk with a list of injected faults. */
export function faultyFiles(
  faults: Fault[],
  behavior: { maxWrite?: number; gate?: () => Promise<void> } = {},
): Files & { log: string[] } {
  const log: string[] = []
  function strike(on: Fault['on']) {
    const fault = faults.find((other) => other.on === on && other.times > 0)
    if (!fault) return
    fault.times -= 1
    throw Object.assign(new Error(fault.code), { code: fault.code })
  }
  return {
    ...realFiles,
    log,
    async create(path) {
      if (!path.endsWith('ballast')) strike('create')
      const file = await realFiles.create(path)
      const wrapped: JournalFile = {
        async write(bytes, position) {
          await behavior.gate?.()
          if (!path.endsWith('ballast') || faults.some((fault) => fault.code === 'ENOSPC' && fault.times > 0))
            strike('write')
          log.push('write')
          return file.write(bytes.subarray(0, behavior.maxWrite ?? bytes.length), position)
        },
        async sync() {
          if (!path.endsWith('ballast')) strike('sync')
          log.push('sync')
          await file.sync()
        },
        close: () => file.close(),
      }
      return wrapped
    },
  }
}

export function folder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'gatehouse-journal-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export const journalOptions = (path: string, more: Partial<JournalOptions> = {}): JournalOptions => ({
  folder: path,
  holder: 'node-a',
  epoch: 1,
  bootId: 'boot-1',
  firstNumber: 1,
  sync: 'batch',
  syncEveryMs: 10,
  segmentBytes: 1024 * 1024,
  queueBytes: 1024 * 1024,
  ballastBytes: 4096,
  files: realFiles,
  clock: createRealClock(),
  onSynced() {},
  report() {},
  ...more,
})

/** What the ledger knows about the holder of these journals. */
export const standingOf = (more: Partial<HolderStatus> = {}): HolderStatus => ({
  epoch: 9,
  nonce: 'n',
  seq: 99,
  drained: { segment: 0, offset: 0 },
  heard: { segment: 0, offset: 0 },
  open: [{ epoch: 1, isProven: false }],
  isSetBack: false,
  ...more,
})

/** Runs recovery as at startup, with a ledger that has outstanding money of epoch 1. */
export function recoverIn(
  path: string,
  bootId: string,
  now = 0,
  ledger = standingOf(),
): Recovered & { isProven: boolean } {
  const recovered = recover(journalDisk(path), { identity: { holder: 'node-a' }, ledger, bootId, now })
  return { ...recovered, isProven: ledger.open.every(({ epoch }) => recovered.proven.includes(epoch)) }
}

/** The ids of all closes that a reader finds in the folder, including repetitions. */
export function closedIn(path: string): string[] {
  const ids: string[] = []
  for (const file of listSegments(path, 0)) {
    for (const stretch of stretchesOf(file))
      if (stretch.kind === 'entry' && stretch.entry.kind === 'close') ids.push(stretch.entry.record.id)
  }
  return ids
}

/** Polls until a condition is true; fails with an error instead of waiting forever. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** The error that a promise rejects with. (`expect(…).rejects` delays the messages of threads.) */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (thrown: unknown) => thrown,
  )
