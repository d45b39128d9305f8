// One case of one contender in one repetition. What a case does not measure is absent.

export interface Measured {
  case: string
  contender: string
  repetition: number
  /** CPU µs of the process tree per call, or per event for slow streams. */
  cpuUs?: number
  callsPerSecond?: number
  p50Ms?: number
  p99Ms?: number
  /** Right after the start, before any call. */
  idleRssMb?: number
  rssMb?: number
  /** Calls that were refused, cut or timed out. */
  failed?: number
}
