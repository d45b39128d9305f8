// The public interface of this folder for the rest of the gateway.

export { bootId } from './boot-id.ts'
export { startDrain } from './drain.ts'
export { type Files, type JournalFile, realFiles } from './files.ts'
export type { Floods } from './floods.ts'
export type { Journal } from './journal.ts'
export { formatVersion } from './journal-format.ts'
export type { JournalEvent } from './journal-steps.ts'
export type { GrantEntry, OpenEntry, RecordBase } from './journal-format.ts'
export { type Identity, readIdentity, writeIdentity } from './identity.ts'
export type { Live, LiveItem } from './live.ts'
export { type Recorder, type RecorderOptions, startRecorder } from './recorder.ts'
