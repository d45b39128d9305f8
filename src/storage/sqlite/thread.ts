// The store's threads. SQLite is synchronous and must not block the calls in flight. One thread writes
// (ledger, keys, approvals, and the drain of the journal), so that there is a single writer. Another one
// reads (records, usage), so that a long report delays no grant. A third one has the file of objects that
// callers may refer to later.

import type { Database } from 'bun:sqlite'
import { StoreDown } from '../../contract/stores.ts'
import type { Drain, DrainSettings, StartDrain } from '../../contract/drain.ts'
import { newId, newNonce } from '../../kit/id.ts'
import { createRealClock } from '../../kit/real-clock.ts'
import type { Answer, Question, Role } from './calls.ts'
import { sqliteApprovals } from './approvals.ts'
import { asStoreError, openForReading, openForWriting } from './database.ts'
import { openKept } from './kept-database.ts'
import { sqliteKept } from './kept.ts'
import { sqliteKeys } from './keys.ts'
import type { SyncLedger } from './ledger.ts'
import { sqliteLedger } from './ledger.ts'
import { sqliteBudgets } from './ledger-list.ts'
import { sqliteRecords } from './records/index.ts'
import { recordRetention } from './records/retention.ts'
import { takeOver } from './records/take-over.ts'
import { RecordWriter } from './records/writer.ts'

type Methods = Record<string, (...takes: never[]) => unknown>

/** Called by the thread's entry file. @param port the thread itself */
export function serveStore(port: Pick<Worker, 'onmessage' | 'postMessage'>, startDrain: StartDrain): void {
  const clock = createRealClock()
  const send = (answer: Answer) => port.postMessage(answer)
  let database: Database | undefined
  let drain: Drain | undefined
  let isWriter = false
  let takingOver: { stop(): void } | undefined
  let methods: Methods = {}

  port.onmessage = (message: MessageEvent<Question>) => void receive(message.data)

  async function receive(question: Question) {
    const id = question.kind === 'call' ? question.id : undefined
    try {
      if (question.kind === 'open') {
        isWriter = question.role === 'writer'
        methods = await openers[question.role](question.path)
        send({ kind: 'opened' })
      } else if (question.kind === 'call') {
        const method = methods[question.name]
        if (!method) throw new Error(`this thread of the store does not know ${question.name}`)
        // calls.ts types both ends, but not the messages between them.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        send({ kind: 'answer', id: question.id, value: await method(...(question.takes as never[])) })
      } else if (question.kind === 'wake') drain?.wake(question.synced)
      else await close()
    } catch (thrown) {
      const error = asStoreError(thrown)
      send({
        kind: 'error',
        id,
        isStoreDown: error instanceof StoreDown,
        message: error instanceof Error ? error.message : String(error),
      })
    }
  }

  const openers: Readonly<Record<Role, (path: string) => Methods | Promise<Methods>>> = {
    writer: openWriter,
    reader: openReader,
    keeper(path) {
      database = openKept(path)
      return named('kept', sqliteKept(database))
    },
  }

  function openWriter(path: string): Methods {
    database = openForWriting(path, newId)
    const writer = new RecordWriter(database)
    const ledger = sqliteLedger(database, { clock, newId, newNonce }, writer)
    takingOver = takeOver(database, writer, clock, (event) => send({ kind: 'event', event }))
    return {
      ...named('ledger', ledger),
      ...named('keys', sqliteKeys(database)),
      ...named('approvals', sqliteApprovals(database)),
      ...named('retention', recordRetention(database, writer, clock)),
      'drain.start': (settings: DrainSettings) => {
        drain = startDrain({
          ...settings,
          ledger: { settle: politely(ledger.settle) },
          clock,
          report: (event) => send({ kind: 'event', event }),
        })
        drain.wake()
      },
      'drain.catchUp': () => drain?.catchUp() ?? false,
      'drain.retire': (epoch: number) => drain?.retire(epoch) ?? false,
      'drain.progress': () => drain?.progress(),
      'drain.stop': () => drain?.stop(),
    }
  }

  function openReader(path: string): Methods {
    database = openForReading(path)
    return {
      ...named('records', sqliteRecords(database)),
      ...named('ledger', { budgets: sqliteBudgets(database) }),
    }
  }

  async function close() {
    try {
      takingOver?.stop()
      await drain?.stop()
      // updates the planner's statistics, which a reader may not do
      if (isWriter) database?.run('PRAGMA optimize')
      database?.close()
    } finally {
      send({ kind: 'closed' })
    }
  }
}

const named = (role: string, methods: Methods): Methods =>
  Object.fromEntries(Object.entries(methods).map(([name, method]) => [`${role}.${name}`, method]))

/** After each transaction of the drain, requests for grants come first. */
const politely = (settle: SyncLedger['settle']) => async (batch: Parameters<SyncLedger['settle']>[0]) => {
  const reply = settle(batch)
  await new Promise<void>((resolve) => setImmediate(resolve))
  return reply
}
