// The parts of the pipeline: main.ts passes the real ones, tests pass others.

import type { Directory } from '../contract/directory.ts'
import type { Clock } from '../kit/clock.ts'
import type { Random } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import type { Admission } from './admit/index.ts'
import type { Approver } from './approve/index.ts'
import type { Connections } from './connections.ts'
import type { Metrics } from './metrics.ts'
import type { Runtime } from './provision.ts'
import type { Journal, Recorder } from './record/index.ts'
import type { Health } from './route/index.ts'
import type { RunBook } from './run-book.ts'
import type { RunTokens } from './run-token.ts'
import type { RunningCalls } from './running.ts'

export interface Parts {
  clock: Clock
  random: Random
  log: Log
  /** The active rules. A call reads them once and keeps them. */
  runtime(): Runtime
  directory: Directory
  admission: Admission
  approver: Approver
  recorder: Pick<Recorder, 'close' | 'floods'> & { journal: Pick<Journal, 'open'> }
  health: Health
  running: RunningCalls
  runs: RunBook
  connections: Connections
  tokens: RunTokens
  metrics: Metrics
}
