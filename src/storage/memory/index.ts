// The door of the in-memory store.

export { memoryLedger, type MemoryLedgerOptions } from './ledger.ts'
