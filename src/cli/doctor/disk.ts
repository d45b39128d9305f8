// Checks how fast the data folder is, and how long its free space lasts.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../kit/clock.ts'
import type { Finding } from './finding.ts'

const writes = 32
const slowMs = 20
/** Journal bytes per call: the `open` and the `close` line. */
const bytesPerCall = 1_280
const callsPerSecond = 2_000
const fewMinutes = 30

/** @param folder exists */
export function probeWrites(folder: string, clock: Clock): Finding {
  const probe = 'synced writes'
  let scratch: string | undefined
  try {
    scratch = mkdtempSync(join(folder, '.doctor-'))
    const times = timeWrites(join(scratch, 'journal'), clock)
    const worst = times.at(-1) ?? 0
    const median = times[Math.floor(times.length / 2)] ?? 0
    const detail = `${folder} writes and syncs 1 KiB in ${median.toFixed(2)} ms (worst of ${writes}: ${worst.toFixed(2)} ms)`
    return median <= slowMs
      ? { probe, verdict: 'ok', detail }
      : {
          probe,
          verdict: 'warning',
          detail: `${detail}; slow disks delay budgets and records. Use a local SSD`,
        }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
    return {
      probe,
      verdict: 'problem',
      detail: `${folder} cannot be written (${code}); give this user write permission, or set "data" to another folder`,
    }
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
  }
}

/** Milliseconds, shortest first. */
function timeWrites(path: string, clock: Clock): number[] {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(1_024, 'x')
  try {
    const times = Array.from({ length: writes }, () => {
      const start = clock.monotonic()
      writeSync(file, block)
      fdatasyncSync(file)
      return clock.monotonic() - start
    })
    return times.sort((a, b) => a - b)
  } finally {
    closeSync(file)
  }
}

/** @param folder exists */
export function probeSpace(folder: string): Finding {
  const probe = 'disk space'
  const { bavail, bsize } = statfsSync(folder)
  const minutes = (bavail * bsize) / (bytesPerCall * callsPerSecond) / 60
  const detail = `${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free at ${folder}: ${minutes.toFixed(0)} minutes of journal at 2,000 calls/s if nothing is drained`
  return minutes >= fewMinutes
    ? { probe, verdict: 'ok', detail }
    : { probe, verdict: 'warning', detail: `${detail}; a full disk stops calls. Free some space` }
}
