// Where the parts of the store's thread meet: the embedded store, and the drain of the journal beside its
// only writer.

import { startDrain } from '../gateway/record/index.ts'
import { serveStore } from '../storage/sqlite/index.ts'

declare const self: Worker

serveStore(self, startDrain)
