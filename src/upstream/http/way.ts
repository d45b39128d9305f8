// The route to a server, and the parameters of its connections.

import type { Clock } from '../../kit/clock.ts'
import type { Proxy } from './proxy.ts'

/** Requests share connections only if their routes are identical. */
export interface Way {
  isSecure: boolean
  /** The name that certificates must have. */
  host: string
  port: number
  /** Dial only addresses that were checked. */
  isPinned: boolean
  proxy: Proxy | undefined
}

export interface PoolTools {
  clock: Clock
  /** PEM of the authorities to trust instead of the system's. */
  authorities: string | undefined
}
