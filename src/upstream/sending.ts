// The input of one HTTP request.

import type { Timeouts } from '../contract/snapshot.ts'
import type { EventMemory, UpstreamRequest } from '../contract/upstream.ts'
import type { Clock } from '../kit/clock.ts'
import type { StopSignal } from '../kit/stop.ts'
import type { Origin } from './origin.ts'

export interface Sending {
  origin: Origin
  method: string
  /** The whole path with its query. */
  path: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  body?: Uint8Array | string | undefined
  timeouts: Timeouts
  signal: StopSignal
  /** Its `onSent` is called once, when a socket has taken the first byte. */
  observer?: Pick<UpstreamRequest, 'onSent'> | undefined
}

export interface Line {
  clock: Clock
  memory: EventMemory
}
