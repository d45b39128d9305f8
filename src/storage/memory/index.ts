// The door of the in-memory store.

export { memoryKept } from './kept.ts'
export { memoryLedger, type MemoryLedgerOptions } from './ledger.ts'
