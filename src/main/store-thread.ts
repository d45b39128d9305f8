// The entry of the store's thread: the embedded store, and the drain of the journal on the thread of its only
// writer.

import { startDrain } from '../gateway/record/index.ts'
import { serveStore } from '../storage/sqlite/index.ts'

declare const self: Worker

serveStore(self, startDrain)
