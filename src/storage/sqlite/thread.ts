// The store's thread: SQLite is synchronous and must not stop the calls in flight. One thread writes (ledger, keys, and the drain of the
// journal, so that there is a single writer), another reads (records, usage), so that a long report delays no grant.

import type { Database } from 'bun:sqlite'
import { StoreDown } from '../../contract/stores.ts'
import type { Drain } from '../../gateway/record/index.ts'
import { startDrain } from '../../gateway/record/index.ts'
import { newId, newNonce } from '../../kit/id.ts'
import { realClock } from '../../kit/real-clock.ts'
import type { Answer, DrainSettings, Question } from './calls.ts'
import { asStoreError, openForReading, openForWriting } from './database.ts'
import { sqliteKeys } from './keys.ts'
import type { SyncLedger } from './ledger.ts'
import { sqliteLedger } from './ledger.ts'
import { sqliteRecords } from './records.ts'

declare const self: Worker

const clock = realClock()
let database: Database | undefined
let drain: Drain | undefined
let isWriter = false
let methods: Record<string, (...takes: never[]) => unknown> = {}

self.onmessage = (message: MessageEvent<Question>) => void receive(message.data)

async function receive(question: Question) {
  const id = question.kind === 'call' ? question.id : undefined
  try {
    if (question.kind === 'open') {
      methods = question.role === 'writer' ? openWriter(question.path) : openReader(question.path)
      say({ kind: 'opened' })
    } else if (question.kind === 'call') {
      const method = methods[question.name]
      if (!method) throw new Error(`this thread of the store does not know ${question.name}`)
      // both ends are typed by calls.ts; what travels between them is not
      say({ kind: 'answer', id: question.id, value: await method(...(question.takes as never[])) })
    } else if (question.kind === 'wake') drain?.wake()
    else await close()
  } catch (thrown) {
    const error = asStoreError(thrown)
    say({ kind: 'error', id, isStoreDown: error instanceof StoreDown, message: error instanceof Error ? error.message : String(error) })
  }
}

function openWriter(path: string) {
  const opened = openForWriting(path, newId)
  isWriter = true
  database = opened
  const ledger = sqliteLedger(opened, { clock, newId, newNonce })
  const all: Record<string, (...takes: never[]) => unknown> = {
    'drain.start': (settings: DrainSettings) => {
      drain = startDrain({ ...settings, ledger: { settle: politely(ledger.settle) }, clock, report: (event) => say({ kind: 'event', event }) })
      drain.wake()
    },
    'drain.catchUp': () => drain?.catchUp() ?? false,
    'drain.progress': () => drain?.progress(),
    'drain.stop': () => drain?.stop(),
  }
  for (const [name, method] of Object.entries(ledger)) all[`ledger.${name}`] = method
  for (const [name, method] of Object.entries(sqliteKeys(opened))) all[`keys.${name}`] = method
  return all
}

function openReader(path: string) {
  const opened = openForReading(path)
  database = opened
  return Object.fromEntries(Object.entries(sqliteRecords(opened)).map(([name, method]) => [`records.${name}`, method]))
}

/** After each transaction of the drain whoever waits for a grant comes first. */
const politely = (settle: SyncLedger['settle']) => async (batch: Parameters<SyncLedger['settle']>[0]) => {
  const reply = settle(batch)
  await new Promise<void>((resolve) => setImmediate(resolve))
  return reply
}

async function close() {
  try {
    await drain?.stop()
    // keeps the planner's statistics fresh; a reader may not
    if (isWriter) database?.run('PRAGMA optimize')
    database?.close()
  } finally {
    say({ kind: 'closed' })
  }
}

const say = (answer: Answer) => self.postMessage(answer)
