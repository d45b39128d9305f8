// What the process was given: connections to providers at once, and open files.

import { readFileSync } from 'node:fs'
import { inFlightCheck } from '../../upstream/index.ts'
import type { Finding } from './finding.ts'

/**
 * Beyond its limit Bun's fetch queues calls in silence, and it reads the limit only before its start; bin/gatehouse sets it.
 * @param needed calls in flight that the gateway lets in (`limits.inFlight`)
 */
export function probeConnections(env: Readonly<Record<string, string | undefined>>, needed: number): Finding {
  const probe = 'connections to providers'
  const { limit, problem } = inFlightCheck(env.BUN_CONFIG_MAX_HTTP_REQUESTS, needed)
  if (problem === undefined) return { probe, verdict: 'ok', detail: `${limit} at once, ${needed} calls are let in` }
  return { probe, verdict: 'warning', detail: problem }
}

/** Each call needs two sockets: the caller's and the provider's. */
export function probeOpenFiles(limitsPath = '/proc/self/limits'): Finding {
  const probe = 'open files'
  const soft = readLimit(limitsPath)
  if (soft === undefined)
    return { probe, verdict: 'not checked', detail: 'this system does not tell its limit in /proc/self/limits; see `ulimit -n`' }
  const calls = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Math.floor(Number(soft) / 2)
  const detail = `at most ${soft} open files`
  if (calls >= 8_192) return { probe, verdict: 'ok', detail }
  return { probe, verdict: 'warning', detail: `${detail}, which is about ${calls} calls at once; raise it with \`ulimit -n 65536\` or LimitNOFILE=` }
}

function readLimit(path: string): string | undefined {
  try {
    return /^Max open files +(\d+|unlimited)/m.exec(readFileSync(path, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
