import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createBallast } from '../../src/gateway/record/ballast.ts'
import { type Files, realFiles } from '../../src/gateway/record/files.ts'
import { openJournal } from '../../src/gateway/record/journal.ts'
import { listSegments } from '../../src/gateway/record/segments.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { newId } from '../../src/kit/id.ts'
import {
  closedIn,
  type Fault,
  faultyFiles,
  failureOf,
  folder,
  journalOptions,
  openOf,
  recordOf,
  recoverIn,
  standingOf,
  until,
} from './kit.ts'

const folders: { remove(): void }[] = []
const fresh = () => {
  const made = folder()
  folders.push(made)
  return made.path
}
afterEach(() => {
  for (const made of folders.splice(0)) made.remove()
})

describe('the journal', () => {
  test('the journal does not flood a disk that accepts new files and fails every later sync', async () => {
    const path = fresh()
    const clock = createFakeClock()
    let created = 0
    const files: Files = {
      ...realFiles,
      async create(of) {
        const file = await realFiles.create(of)
        let syncs = 0
        if (!of.endsWith('ballast')) created += 1
        return {
          ...file,
          sync: () =>
            syncs++ === 0 ? file.sync() : Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })),
        }
      },
    }
    const journal = await openJournal(journalOptions(path, { files, clock, sync: 'each' }))
    void journal.close(recordOf())
    await until(() => created === 2, 'the first replacement, at once')
    // the next attempts wait for time to pass, and the clock does not move
    const seen = performance.now()
    while (created <= 2 && performance.now() - seen < 500)
      await new Promise<void>((resolve) => setImmediate(resolve))
    expect(created).toBeLessThanOrEqual(2)
    await until(() => {
      clock.advance(100)
      return created > 2
    }, 'another, after a while')
  })

  test('the ballast file of the journal uses real disk space: every block of it is written', async () => {
    const path = fresh()
    const room = createBallast(realFiles, path, 3 * 1024 * 1024 + 5)
    await room.provide()
    const { size, blocks } = statSync(join(path, 'ballast'))
    expect(size).toBe(3 * 1024 * 1024 + 5)
    expect(blocks * 512).toBeGreaterThanOrEqual(size)
    expect(readFileSync(join(path, 'ballast')).every((byte) => byte !== 0)).toBe(true)
  })

  test('a journal entry is in the file when its promise resolves, and entries that arrive meanwhile share the next write', async () => {
    const path = fresh()
    const files = faultyFiles([])
    const journal = await openJournal(journalOptions(path, { files, syncEveryMs: 60_000 }))
    await until(() => journal.stats().hasBallast, 'ballast')
    await Promise.all(Array.from({ length: 50 }, () => journal.open(openOf())))
    const before = files.log.filter((line) => line === 'write').length
    const ids = Array.from({ length: 50 }, newId)
    await Promise.all(ids.map((id) => journal.close(recordOf(id))))
    expect(closedIn(path).sort()).toEqual(ids.sort())
    expect(files.log.filter((line) => line === 'write').length - before).toBe(1)
    await journal.end()
  })

  test('the journal writes whole lines even when each write accepts only a few bytes', async () => {
    const path = fresh()
    const journal = await openJournal(journalOptions(path, { files: faultyFiles([], { maxWrite: 97 }) }))
    const ids = Array.from({ length: 20 }, newId)
    await Promise.all(ids.map((id) => journal.close(recordOf(id))))
    await journal.end()
    expect(closedIn(path).sort()).toEqual(ids.sort())
    expect(recoverIn(path, 'boot-2', 0)).toMatchObject({ isProven: true, quarantined: 0 })
  })

  test('after a full segment the journal starts another one that repeats the open exchanges', async () => {
    const path = fresh()
    const journal = await openJournal(journalOptions(path, { segmentBytes: 20_000 }))
    const open = newId()
    await journal.open(openOf(open))
    for (let index = 0; index < 100; index += 1) await journal.close(recordOf())
    await journal.end()
    const files = listSegments(path)
    expect(files.length).toBeGreaterThan(2)
    // recovery must not need the older segments
    for (const file of files.slice(0, -1)) rmSync(file.path)
    const drained = { segment: files.at(-1)!.number, offset: 0 }
    expect(recoverIn(path, 'boot-1', 0, standingOf({ drained }))).toMatchObject({ isProven: true, closed: 1 })
    expect(closedIn(path)).toContain(open)
  })

  test('the journal never syncs a file again after a failed sync: it writes the unsynced entries to a new file and reports not ready', async () => {
    const path = fresh()
    const faults: Fault[] = []
    const reports: string[] = []
    const journal = await openJournal(
      journalOptions(path, { files: faultyFiles(faults), report: (event) => reports.push(event.kind) }),
    )
    const synced = journal.synced().offset
    faults.push({ on: 'sync', code: 'EIO', times: 1 })
    const ids = Array.from({ length: 5 }, newId)
    await Promise.all(ids.map((id) => journal.close(recordOf(id))))
    await until(() => reports.includes('segment-replaced'), 'a new segment')
    await until(() => journal.trouble() === undefined, 'all well again')
    expect(journal.stats().segment).toBe(2)
    await journal.end()
    // the reader takes each repeated entry once, from the new segment
    expect(closedIn(path).sort()).toEqual(ids.sort())
    expect(listSegments(path).map((file) => file.header?.replaces)).toEqual([
      undefined,
      { number: 1, offset: synced },
    ])
    expect(recoverIn(path, 'boot-2', 0)).toMatchObject({ isProven: true, quarantined: 0 })
  })

  test('while syncs keep failing, the journal stays not ready and loses nothing', async () => {
    const path = fresh()
    const faults: Fault[] = []
    const clock = createFakeClock()
    const journal = await openJournal(journalOptions(path, { files: faultyFiles(faults), clock }))
    faults.push({ on: 'sync', code: 'EIO', times: 3 })
    const id = newId()
    await journal.close(recordOf(id))
    const passing = (isTrue: () => boolean) => () => {
      clock.advance(100)
      return isTrue()
    }
    await until(
      passing(() => journal.trouble() !== undefined),
      'trouble',
    )
    await until(
      passing(() => journal.trouble() === undefined),
      'healed',
    )
    await journal.end()
    expect(closedIn(path)).toContain(id)
    expect(faults[0]?.times).toBe(0)
  })

  test('after a write that fails with EIO, the journal continues in a new segment and writes the entry once', async () => {
    const path = fresh()
    const faults: Fault[] = []
    const journal = await openJournal(journalOptions(path, { files: faultyFiles(faults) }))
    await journal.close(recordOf('first'))
    faults.push({ on: 'write', code: 'EIO', times: 1 })
    await journal.close(recordOf('second'))
    await journal.end()
    expect(closedIn(path).sort()).toEqual(['first', 'second'])
  })

  test('with sync each, the journal confirms an entry only after it is on disk', async () => {
    const path = fresh()
    const files = faultyFiles([])
    const journal = await openJournal(journalOptions(path, { files, sync: 'each', syncEveryMs: 60_000 }))
    await until(() => journal.stats().hasBallast, 'ballast')
    files.log.length = 0
    await journal.close(recordOf())
    expect(files.log).toEqual(['write', 'sync'])
    await journal.end()
  })

  test('on a full disk the journal frees the ballast to close open exchanges, refuses new ones, and admits again when space is free', async () => {
    const path = fresh()
    const faults: Fault[] = []
    const reports: string[] = []
    const clock = createFakeClock()
    const journal = await openJournal(
      journalOptions(path, {
        files: faultyFiles(faults),
        clock,
        report: (event) => reports.push(event.kind),
      }),
    )
    await until(() => journal.stats().hasBallast, 'ballast')
    const id = newId()
    await journal.open(openOf(id))
    faults.push({ on: 'write', code: 'ENOSPC', times: 1 })
    await journal.close(recordOf(id))
    expect(reports).toContain('disk-full')
    expect(existsSync(join(path, 'ballast'))).toBe(false)
    expect(journal.admits()).toBe(false)
    expect(journal.trouble()).toContain('no space')
    expect(await failureOf(journal.open(openOf()))).toMatchObject({ code: 'overloaded' })
    clock.advance(5_000)
    await until(() => journal.admits(), 'admitted again')
    expect(reports.at(-1)).toBe('disk-has-room')
    expect(existsSync(join(path, 'ballast'))).toBe(true)
    await journal.end()
    expect(closedIn(path)).toEqual([id])
  })

  test('while the disk does not respond, the journal stops admitting at its bound and still accepts closes', async () => {
    const path = fresh()
    let isFrozen = false
    let thaw = () => {}
    const gate = () => (isFrozen ? new Promise<void>((resolve) => (thaw = resolve)) : Promise.resolve())
    const journal = await openJournal(
      journalOptions(path, { files: faultyFiles([], { gate }), queueBytes: 20_000 }),
    )
    await until(() => journal.stats().hasBallast, 'ballast')
    const id = newId()
    await journal.open(openOf(id))
    isFrozen = true
    const waiting: Promise<void>[] = []
    while (journal.admits()) waiting.push(journal.open(openOf()))
    expect(journal.stats().queuedBytes).toBeLessThan(22_000)
    expect(await failureOf(journal.open(openOf()))).toMatchObject({ code: 'overloaded' })
    const closed = journal.close(recordOf(id))
    isFrozen = false
    thaw()
    await Promise.all([...waiting, closed])
    await journal.end()
    expect(closedIn(path)).toEqual([id])
  })

  test('a journal that was stopped accepts no entries', async () => {
    const journal = await openJournal(journalOptions(fresh()))
    await journal.end()
    expect(await failureOf(journal.close(recordOf()))).toMatchObject({ code: 'draining' })
    expect(journal.admits()).toBe(false)
  })
})
