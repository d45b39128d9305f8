import { afterEach, describe, expect, test } from 'bun:test'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { journalDisk } from '../../src/gateway/record/journal-disk.ts'
import { recover } from '../../src/gateway/record/recovery.ts'
import { openJournal } from '../../src/gateway/record/journal.ts'
import { encodeLine, segmentName } from '../../src/gateway/record/journal-format.ts'
import { listSegments, stretchesOf } from '../../src/gateway/record/segments.ts'
import {
  baseOf,
  bucket,
  closedIn,
  folder,
  journalOptions,
  openOf,
  recordOf,
  recoverIn,
  standingOf,
  window,
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

const header = (more: object = {}) =>
  encodeLine({
    kind: 'segment',
    format: 1,
    holder: 'node-a',
    epoch: 1,
    number: 1,
    bootId: 'boot-1',
    sync: 'batch',
    at: 0,
    ...more,
  })

const recordsIn = (path: string) =>
  listSegments(path).flatMap((file) =>
    [...stretchesOf(file)].flatMap((stretch) =>
      stretch.kind === 'entry' && stretch.entry.kind === 'close' ? [stretch.entry.record] : [],
    ),
  )

describe('recovery', () => {
  test('recovery syncs every segment that it reads, so that its evidence survives a power loss', () => {
    const path = fresh()
    for (const number of [1, 2])
      writeFileSync(
        join(path, segmentName(number)),
        header({ number }) + encodeLine({ kind: 'close', record: recordOf() }),
      )
    const disk = journalDisk(path)
    const synced: number[] = []
    recover(
      { ...disk, sync: (file) => (synced.push(file.number), disk.sync(file)) },
      { identity: undefined, ledger: undefined, bootId: 'b', now: 0 },
    )
    expect(synced).toEqual([1, 2])
  })

  test('recovery proves a new folder complete and starts with segment 1', () => {
    const found = recoverIn(join(fresh(), 'journal'), 'boot-1', 0, standingOf({ open: [] }))
    expect(found).toEqual({
      nextNumber: 1,
      isProven: true,
      proven: [],
      seenEpoch: 0,
      isSetBack: false,
      closed: 0,
      quarantined: 0,
    })
  })

  test('recovery charges an exchange that never closed its maximum cost once, however often it runs', () => {
    const path = fresh()
    writeFileSync(
      join(path, segmentName(1)),
      header() +
        encodeLine(openOf('lost')) +
        encodeLine(openOf('done')) +
        encodeLine({ kind: 'close', record: recordOf('done') }),
    )
    expect(recoverIn(path, 'boot-1', 5)).toMatchObject({ closed: 1, isProven: true, nextNumber: 3 })
    expect(recoverIn(path, 'boot-1', 6)).toMatchObject({ closed: 0, isProven: true, nextNumber: 3 })
    expect(recordsIn(path).find((record) => record.id === 'lost')).toMatchObject({
      outcome: 'cut',
      code: 'crashed',
      costNano: '1000',
      costBasis: 'bound',
      charges: [{ bucket, window, amount: '1000', epoch: 1 }],
    })
  })

  test('recovery charges attempts that ended before the last one their actual cost, not the maximum', () => {
    const path = fresh()
    const second = openOf('lost', {
      attempt: 2,
      boundNano: '700',
      buckets: [{ bucket, window, amount: '700', epoch: 1 }],
      earlier: {
        attempts: [
          { number: 1, target: 'demo/flaky', startedMs: 0, endedMs: 5, outcome: 'failed', costNano: '20' },
        ],
        charges: [{ bucket, window, amount: '20', epoch: 1 }],
        costNano: '20',
      },
    })
    writeFileSync(join(path, segmentName(1)), header() + encodeLine(openOf('lost')) + encodeLine(second))
    recoverIn(path, 'boot-1', 5)
    const [record] = recordsIn(path)
    expect(record).toMatchObject({ costNano: '720', charges: [{ bucket, window, amount: '720', epoch: 1 }] })
    expect(record?.attempts.map(({ number, outcome, costNano }) => ({ number, outcome, costNano }))).toEqual([
      { number: 1, outcome: 'failed', costNano: '20' },
      { number: 2, outcome: 'failed', costNano: '700' },
    ])
  })

  test('recovery charges two possibly billed attempts both maximum costs; one unknown maximum makes the cost unknown', () => {
    const path = fresh()
    const { boundNano: _bound, ...unpriced } = openOf('free', { buckets: [] })
    writeFileSync(
      join(path, segmentName(1)),
      header() +
        encodeLine(openOf('lost')) +
        encodeLine(openOf('lost', { attempt: 2 })) +
        encodeLine(unpriced),
    )
    recoverIn(path, 'boot-1', 5)
    const [lost, free] = recordsIn(path)
    expect(lost).toMatchObject({ costNano: '2000', charges: [{ amount: '2000' }] })
    expect(free).toMatchObject({ outcome: 'cut', charges: [] })
    expect(free?.costNano).toBeUndefined()
  })

  test('after a cut at any byte, recovery keeps the whole lines, cuts off the rest, and the journal stays proven in the same boot', () => {
    const lines = [
      header(),
      encodeLine(openOf('a')),
      encodeLine({ kind: 'close', record: recordOf('a') }),
      encodeLine(openOf('b')),
    ]
    const bytes = Buffer.from(lines.join(''))
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      const path = fresh()
      writeFileSync(join(path, segmentName(1)), bytes.subarray(0, cut))
      const opens = cut >= lines[0]!.length + lines[1]!.length
      const closes = cut >= bytes.length - lines[3]!.length
      // without a header there is no evidence of what the epoch spent
      expect(recoverIn(path, 'boot-1', 0)).toMatchObject({
        isProven: cut >= lines[0]!.length,
        quarantined: 0,
      })
      expect(
        recordsIn(path)
          .filter((record) => record.id === 'a')
          .map((record) => record.outcome),
      ).toEqual(!opens ? [] : closes ? ['ok'] : ['cut'])
      expect(readdirSync(path).includes('quarantine')).toBe(false)
    }
  })

  test('recovery sets a damaged line aside and reads the lines after it, but the journal is no longer proven', () => {
    const path = fresh()
    const damaged = encodeLine({ kind: 'close', record: recordOf('a') }).replace('"ok"', '"no"')
    writeFileSync(
      join(path, segmentName(1)),
      header() +
        damaged +
        encodeLine({ kind: 'close', record: recordOf('b') }) +
        encodeLine({ kind: 'clean-close', at: 1 }),
    )
    expect(recoverIn(path, 'boot-1', 0)).toMatchObject({ isProven: false, quarantined: 1 })
    expect(closedIn(path)).toEqual(['b'])
    const [aside] = readdirSync(join(path, 'quarantine'))
    expect(readFileSync(join(path, 'quarantine', aside!), 'utf8')).toBe(damaged.trimEnd())
  })

  test('after a kernel restart recovery proves a journal only if it has a clean mark or was written with sync each', () => {
    const journal = (head: object, tail = '') => {
      const path = fresh()
      writeFileSync(
        join(path, segmentName(1)),
        header(head) + encodeLine({ kind: 'close', record: recordOf('a') }) + tail,
      )
      return recoverIn(path, 'boot-2', 0).isProven
    }
    const clean = encodeLine({ kind: 'clean-close', at: 1 })
    expect(journal({})).toBe(false)
    expect(journal({}, clean)).toBe(true)
    expect(journal({ sync: 'each' })).toBe(true)
    expect(journal({ bootId: 'boot-2' })).toBe(true)
    // an entry after the mark: it was not the end
    expect(journal({}, clean + encodeLine({ kind: 'close', record: recordOf('b') }))).toBe(false)
  })

  test('without a boot id from the system, recovery proves nothing', () => {
    const path = fresh()
    writeFileSync(join(path, segmentName(1)), header({ bootId: '' }))
    expect(recoverIn(path, '', 0).isProven).toBe(false)
  })

  test('recovery under a new kernel leaves a trace, so that the lost end does not look complete later', () => {
    const path = fresh()
    writeFileSync(join(path, segmentName(1)), header() + encodeLine(openOf('lost')))
    expect(recoverIn(path, 'boot-2', 0)).toMatchObject({ isProven: false, closed: 1 })
    // crashed before it registered: the next start must reach the same verdict
    expect(recoverIn(path, 'boot-2', 0)).toMatchObject({ isProven: false, closed: 0 })
  })

  test('a later power loss does not change what a start has proven, and proves nothing more', () => {
    const provenAfter = (bootOfNext: string, isNamed = true) => {
      const path = fresh()
      writeFileSync(
        join(path, segmentName(1)),
        header({ format: 2 }) + encodeLine({ kind: 'close', record: recordOf('a') }),
      )
      const { previous } = recoverIn(path, 'boot-1')
      const next = {
        format: 2,
        number: 2,
        epoch: 2,
        bootId: bootOfNext,
        ...(isNamed ? { previous } : { previous: { ...previous, bytes: undefined } }),
      }
      writeFileSync(
        join(path, segmentName(2)),
        header(next) + encodeLine({ kind: 'close', record: recordOf('b') }),
      )
      const open = [1, 2].map((epoch) => ({ epoch, isProven: false }))
      return recoverIn(path, 'boot-3', 0, standingOf({ epoch: 2, open })).proven
    }
    // killed, started under the same kernel, then a power loss: that start has read and synced epoch 1
    expect(provenAfter('boot-1')).toEqual([1])
    // power was also lost between the two runs, or no entry shows how much of the first run was read
    expect(provenAfter('boot-2')).toEqual([])
    expect(provenAfter('boot-1', false)).toEqual([])
  })

  test('recovery sets a segment without a holder aside as a whole, once, and still counts the others', () => {
    const path = fresh()
    writeFileSync(join(path, segmentName(1)), 'x'.repeat(100_000))
    writeFileSync(
      join(path, segmentName(2)),
      header({ number: 2 }) + encodeLine({ kind: 'close', record: recordOf('b') }),
    )
    expect(recoverIn(path, 'boot-1', 0)).toMatchObject({ isProven: false, quarantined: 1, nextNumber: 3 })
    expect(closedIn(path)).toEqual(['b'])
    writeFileSync(join(path, segmentName(3)), header({ number: 3, epoch: 2 }))
    // the next epoch is judged separately
    expect(recoverIn(path, 'boot-1', 0, standingOf({ open: [{ epoch: 2, isProven: false }] }))).toMatchObject(
      { isProven: true, quarantined: 0 },
    )
  })

  test('recovery proves a long journal after the writer stopped', async () => {
    const path = fresh()
    const journal = await openJournal(journalOptions(path, { segmentBytes: 8_000 }))
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        journal.open(openOf(`x${index}`, { base: baseOf(`x${index}`) })),
      ),
    )
    await Promise.all(Array.from({ length: 100 }, (_, index) => journal.close(recordOf(`x${index}`))))
    await journal.end()
    expect(recoverIn(path, 'boot-9', 0)).toMatchObject({ isProven: true, closed: 0, quarantined: 0 })
    appendFileSync(listSegments(path).at(-1)!.path, 'torn')
    expect(recoverIn(path, 'boot-9', 0)).toMatchObject({ isProven: false })
  })
})
