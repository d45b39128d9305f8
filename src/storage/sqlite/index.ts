// The public interface of the embedded store.

export { type FolderLock, lockFolder } from './lock.ts'
export { openSqliteKept } from './kept-store.ts'
export { serveStore } from './thread.ts'
export { openSqliteStore, type SqliteStoreOptions } from './store.ts'
