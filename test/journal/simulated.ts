// The journal's writer on a simulated disk, in virtual time. It plays a history of entries and faults up to a
// kill, a power loss or a clean end. The content of the disk is then written to a real folder, and recovery
// reads it as in production.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DrainOffset } from '../../src/contract/stores.ts'
import { closeLine, openLine } from '../../src/gateway/record/fit.ts'
import { realFiles } from '../../src/gateway/record/files.ts'
import { writeHead } from '../../src/gateway/record/head.ts'
import { crcOf, encodeLine, segmentName } from '../../src/gateway/record/journal-format.ts'
import type { Batch, JournalStep, JournalSteps } from '../../src/gateway/record/journal-steps.ts'
import { type JournalWriter, openWriter } from '../../src/gateway/record/journal-writer.ts'
import type { Segment } from '../../src/gateway/record/segment.ts'
import { listSegments, stretchesOf } from '../../src/gateway/record/segments.ts'
import { heap } from '../money/heap.ts'
import { chanceFrom } from '../money/generate.ts'
import { openOf, recordOf, recoverIn } from './kit.ts'

/** The fault of a mutant: it changes how a step runs or what it returns. */
export interface Mutation {
  /** Data that did not reach the disk counts as written. */
  countsShortWrites?: boolean
  /** A failed sync counts as done, and the file stays in use. */
  ignoresFailedSync?: boolean
  /** A new segment does not begin with the open exchanges. */
  carriesNothing?: boolean
  /** An entry is confirmed before it is written. */
  promisesEarly?: boolean
}

export interface Outcome {
  violation: string | undefined
  promised: number
  faults: number
  segments: number
}

interface Entry {
  id: string
  isClose: boolean
}

interface Chunk {
  bytes: Uint8Array
  state:
    | 'written'
    | 'synced'
    | /** Its sync failed: the kernel dropped it, and no later sync brings it back. */ 'dropped'
}

const diskError = (code: string) => Object.assign(new Error(code), { code })

export function play(seed: number, mutation: Mutation = {}): Outcome {
  const chance = chanceFrom(seed * 7_919)
  const below = (most: number) => Math.floor(chance() * most)
  const time = heap()
  const files = new Map<number, Chunk[]>()
  const sync = chance() < 0.4 ? 'each' : 'batch'
  const ends = (['kill', 'power', 'clean'] as const)[below(3)]!
  let isDead = false
  let faults = 0
  let isBad = false
  let isFull = false
  let head = 0
  let syncPlanned = false
  let ballastPlanned = false
  let syncEnded: (() => void)[] | undefined
  let rolled = 0
  /** What was promised, with its segment and the end of its bytes there. */
  const promises = new Map<Batch, Entry[]>()
  const promised: { entries: Entry[]; segment: number; end: number; isDurable: boolean }[] = []
  let writer: JournalWriter | undefined

  const handle = (number: number, epoch: number): Segment => ({
    number,
    epoch,
    path: '',
    file: { write: () => Promise.resolve(0), sync: () => Promise.resolve(), close: () => Promise.resolve() },
    position: 0,
    whole: 0,
    crc: 0,
    synced: 0,
    syncedCrc: 0,
  })

  function strike(code: string): never {
    faults += 1
    throw diskError(code)
  }

  /** Runs a step at the moment at which it ends. */
  function carryOut(step: JournalStep): Segment | number | undefined {
    switch (step.kind) {
      case 'create': {
        if (isBad && chance() < 0.4) strike('EIO')
        if (isFull) strike('ENOSPC')
        const bytes = Buffer.concat([
          Buffer.from(encodeLine(step.header)),
          ...(mutation.carriesNothing ? [] : step.content),
        ])
        const { number, epoch } = step.header
        files.set(number, [{ bytes, state: 'synced' }])
        head = number
        rolled += 1
        const crc = crcOf(bytes)
        return Object.assign(handle(number, epoch), {
          position: bytes.length,
          whole: bytes.length,
          synced: bytes.length,
          crc,
          syncedCrc: crc,
        })
      }
      case 'write': {
        if (isBad && chance() < 0.3) strike('EIO')
        if (isFull && chance() < 0.8) strike('ENOSPC')
        const count = chance() < 0.2 ? below(step.bytes.length + 1) : step.bytes.length
        files.get(step.segment.number)!.push({ bytes: step.bytes.slice(0, count), state: 'written' })
        return mutation.countsShortWrites ? step.bytes.length : count
      }
      case 'sync': {
        const chunks = files.get(step.segment.number) ?? []
        if (isBad && chance() < 0.5) {
          for (const chunk of chunks) if (chunk.state === 'written') chunk.state = 'dropped'
          if (!mutation.ignoresFailedSync) strike('EIO')
          faults += 1
        }
        // later writes belong to the next segment
        return undefined
      }
      case 'lay-ballast':
        if (isFull) strike('ENOSPC')
        return undefined
      case 'free-ballast':
        isFull = chance() < 0.5
        return undefined
      default:
        return undefined
    }
  }

  function run<Result>(steps: JournalSteps<Result>, then: (result: Result) => void = () => {}): void {
    const advance = (resume: () => IteratorResult<JournalStep, Result>) => {
      if (isDead) return
      for (let step = resume(); ; step = steps.next(undefined)) {
        if (step.done) return then(step.value)
        if (!atOnce(step.value)) return later(step.value)
      }
    }
    const later = (step: JournalStep) => {
      if (step.kind === 'sync-ended' && syncEnded) {
        syncEnded.push(() => advance(() => steps.next(undefined)))
        return
      }
      const due =
        step.kind === 'wait' ? step.ms : step.kind === 'turn' ? 0 : chance() < 0.1 ? below(200) : below(4)
      // the range of a sync is fixed when it begins
      const covered = step.kind === 'sync' ? (files.get(step.segment.number) ?? []).slice() : []
      time.plan(time.now + due, () => {
        if (isDead) return
        let response: Segment | number | undefined
        try {
          response = carryOut(step)
        } catch (error) {
          advance(() => steps.throw(error))
          return
        }
        for (const chunk of covered) if (chunk.state === 'written') chunk.state = 'synced'
        advance(() => steps.next(response))
      })
    }
    advance(() => steps.next())
  }

  function atOnce(step: JournalStep): boolean {
    if (step.kind === 'written') keep(step.batch)
    else if (step.kind === 'plan-sync') planSync()
    else if (step.kind === 'plan-ballast') {
      if (!ballastPlanned) {
        ballastPlanned = true
        time.plan(time.now + 5_000, () => {
          ballastPlanned = false
          if (writer) run(writer.layBallast())
        })
      }
    } else return false
    return true
  }

  function planSync(): void {
    if (syncPlanned || syncEnded) return
    syncPlanned = true
    time.plan(time.now + 100, () => {
      syncPlanned = false
      if (isDead || !writer) return
      const waiting: (() => void)[] = []
      syncEnded = waiting
      run(writer.syncOnce(), () => {
        syncEnded = undefined
        if (writer!.isIdle()) run(writer!.write())
        else if (writer!.hasUnsynced()) planSync()
        for (const go of waiting) go()
      })
    })
  }

  function keep(batch: Batch): void {
    const { segment, position } = writer!.stats()
    const isDurable = sync === 'each'
    promised.push({ entries: promises.get(batch)!, segment, end: position, isDurable })
  }

  function onSynced({ segment, offset }: DrainOffset): void {
    for (const one of promised)
      if (one.segment < segment || (one.segment === segment && one.end <= offset)) one.isDurable = true
  }

  function add(line: string, about: { opens?: string; closes?: string } = {}): void {
    const batch = writer!.add(line, about)
    const id = about.opens ?? about.closes
    const entries = id === undefined ? [] : [{ id, isClose: about.closes !== undefined }]
    promises.set(batch, [...(promises.get(batch) ?? []), ...entries])
    if (mutation.promisesEarly)
      promised.push({ entries, segment: Infinity, end: Infinity, isDurable: sync === 'each' })
    if (writer!.isIdle()) run(writer!.write())
  }

  const options = {
    holder: 'node-a',
    epoch: 1,
    bootId: 'boot-1',
    sync,
    segmentBytes: 6_000 + below(12_000),
    queueBytes: 200_000,
    ballastBytes: 1,
    now: () => time.now,
    onSynced,
    report() {},
  } as const
  run(openWriter(options, 1), (made) => {
    writer = made
    run(made.layBallast())
  })
  time.runUntil(1_000)
  const open: string[] = []
  const count = 20 + below(40)
  for (let index = 0; index < count; index += 1) {
    const kind = chance()
    if (kind < 0.5) {
      const id = `open-${seed}-${index}`
      if (writer!.admits()) {
        open.push(id)
        add(openLine(openOf(id))!, { opens: id })
      }
    } else if (kind < 0.85 && open.length > 0) {
      const [id] = open.splice(below(open.length), 1)
      add(closeLine(recordOf(id)), { closes: id! })
    } else if (kind < 0.9) isBad = !isBad
    else if (kind < 0.94) isFull = !isFull
    else if (kind < 0.96) writer!.changeEpoch('node-a', 1)
    time.runUntil(time.now + (chance() < 0.5 ? below(5) : below(400)))
  }
  if (ends === 'clean') {
    isBad = false
    isFull = false
    time.runUntil(time.now + 60_000)
    add(encodeLine({ kind: 'clean-close', at: time.now }))
    time.runUntil(time.now + 10_000)
    let isEnded = false
    run(writer!.end(), () => (isEnded = true))
    time.runUntil(time.now + 10_000)
    if (!isEnded)
      return {
        violation: 'the journal does not end on a disk that is well',
        promised: promised.length,
        faults,
        segments: rolled,
      }
  }
  isDead = true
  const violation = judge()
  return { violation, promised: promised.length, faults, segments: rolled }

  function judge(): string | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-simulated-'))
    try {
      for (const [number, chunks] of files)
        writeFileSync(join(folder, segmentName(number)), survivorsOf(chunks))
      void writeHead(
        { ...realFiles, replace: async (path, bytes) => writeFileSync(path, bytes) },
        folder,
        head,
      )
      const recovered = recoverIn(folder, ends === 'power' ? 'boot-2' : 'boot-1', time.now)
      if (ends !== 'power' && !recovered.isProven)
        return `nothing was lost, and the journal is not proven: ${recovered.reason}`
      const found = closesIn(folder)
      for (const { entries, isDurable } of promised) {
        if (ends === 'power' && !isDurable) continue
        for (const { id, isClose } of entries) {
          // recovery closes an open exchange as interrupted
          const closes = found.get(id) ?? []
          const isThere = isClose ? closes.includes('ok') : closes.length > 0
          if (!isThere && process.env.DBG)
            console.log(
              JSON.stringify(
                {
                  id,
                  isClose,
                  promised: promised.filter((o) => o.entries.some((e) => e.id === id)),
                  head,
                  files: [...files].map(([n, c]) => [
                    n,
                    c.map(
                      (x) => x.bytes.length + x.state[0]! + (Buffer.from(x.bytes).includes(id) ? '*' : ''),
                    ),
                  ]),
                },
                null,
                0,
              ),
            )
          if (!isThere)
            return `the ${isClose ? 'close' : 'open'} of ${id} was promised and is lost after ${ends} (sync: ${sync})`
          if (closes.length > 1) return `${id} is closed ${closes.length} times`
        }
      }
      return undefined
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  /**
   * After a kill, everything written remains. After a power loss, only the synced data and a torn part of the
   * rest remain.
   */
  function survivorsOf(chunks: readonly Chunk[]): Buffer {
    if (ends !== 'power') return Buffer.concat(chunks.map(({ bytes }) => bytes))
    const kept: Uint8Array[] = []
    for (const { bytes, state } of chunks) {
      if (state === 'synced') kept.push(bytes)
      // its range stays without its content if a later range was synced
      else if (
        chunks
          .slice(chunks.findIndex((other) => other.bytes === bytes) + 1)
          .some((other) => other.state === 'synced')
      )
        kept.push(new Uint8Array(bytes.length))
      else {
        kept.push(bytes.slice(0, below(bytes.length + 1)))
        break
      }
    }
    return Buffer.concat(kept)
  }
}

/** The outcomes of the closes that a reader finds, by exchange. */
function closesIn(folder: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const file of listSegments(folder, 0))
    for (const stretch of stretchesOf(file)) {
      if (stretch.kind !== 'entry' || stretch.entry.kind !== 'close') continue
      const { id, outcome } = stretch.entry.record
      found.set(id, [...(found.get(id) ?? []), outcome])
    }
  return found
}
