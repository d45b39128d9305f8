// The program that kill.test.ts kills. It journals exchanges as fast as it can and prints each confirmed
// entry on a line. `P <id>`: the close was confirmed. `O <id>`: the open was confirmed, so the exchange may
// have cost money.

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { declare } from '../money/declare.ts'
import { bootId, startRecorder } from '../../src/gateway/record/index.ts'
import { newId } from '../../src/kit/id.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import type { DrainEvent, DrainPort } from '../../src/contract/drain.ts'
import type { Ledger } from '../../src/contract/stores.ts'
import type { Clock } from '../../src/kit/clock.ts'
import { bucket, openOf, recordOf, window } from './kit.ts'

const folder = process.argv[2] ?? ''
const isLast = process.argv[4] === 'last'

interface Storage {
  lockFolder(folder: string): { release(): void }
  openSqliteStore(options: { path: string; clock: Clock; report(event: DrainEvent): void }): Promise<{
    ledger: Ledger
    drain: DrainPort
    close(): Promise<void>
  }>
}
// only tests may read storage/: the test passes its location
const { lockFolder, openSqliteStore }: Storage = await import(process.argv[3] ?? '')

const say = (line: string) => writeSync(1, `${line}\n`)

const lock = lockFolder(folder)
const clock = createRealClock()
const report = (event: { kind: string; message: string }) => say(`E ${event.kind} ${event.message}`)
const store = await openSqliteStore({ path: join(folder, 'gatehouse.db'), clock, report })
await declare(store.ledger, [{ id: bucket, cap: 10n ** 15n, per: 'month', zone: 'UTC', isHard: true }])
const recorder = await startRecorder({
  folder,
  ledger: store.ledger,
  drain: store.drain,
  clock,
  bootId: bootId(),
  newId,
  report,
  sizes: { segmentBytes: 30_000, ballastBytes: 4_096 },
})
const { epoch, holder } = recorder.registration
await recorder.reconciled
if (isLast) {
  await recorder.end()
  await store.close()
  lock.release()
  say('DONE')
  process.exit(0)
}
await store.ledger.acquire({
  holder,
  epoch,
  seq: 1,
  needs: [{ budget: bucket, window: 'current', need: 10n ** 9n, want: 0n }],
})
say('READY')
// one that is open at any time of the kill
const long = newId()
await recorder.journal.open(openOf(long, { buckets: [{ bucket, window, amount: '1000', epoch }] }))
say(`O ${long}`)
for (;;) await Promise.all(Array.from({ length: 8 }, exchange))

async function exchange() {
  const id = newId()
  const charge = (amount: string) => [{ bucket, window, amount, epoch }]
  await recorder.journal.open(openOf(id, { buckets: charge('1000') }))
  say(`O ${id}`)
  await new Promise<void>((resolve) => setImmediate(resolve))
  await recorder.close(recordOf(id, { charges: charge('300') }))
  say(`P ${id}`)
}
