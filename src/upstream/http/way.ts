// How a server is reached, and what connections to it are made with.

import type { Clock } from '../../kit/clock.ts'
import type { Proxy } from './proxy.ts'

/** Connections are shared by those who reach a server in the very same way. */
export interface Way {
  isSecure: boolean
  /** The name, which certificates are checked against. */
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
