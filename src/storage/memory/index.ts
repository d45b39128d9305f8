// The public interface of the in-memory store.

export { memoryApprovals } from './approvals.ts'
export { memoryKept } from './kept.ts'
export { memoryKeys } from './keys.ts'
export { memoryLedger, type MemoryLedgerOptions } from './ledger.ts'
