// What the process was given: connections to providers at once, and open files.

import { readFileSync } from 'node:fs'
import type { Finding } from './finding.ts'

const enough = 65_000

/** Beyond its limit Bun's fetch queues calls in silence, and it reads the limit only before its start; bin/gatehouse sets it. */
export function probeConnections(env: Readonly<Record<string, string | undefined>>): Finding {
  const probe = 'connections to providers'
  const limit = Number(env.BUN_CONFIG_MAX_HTTP_REQUESTS ?? 256)
  const detail = `BUN_CONFIG_MAX_HTTP_REQUESTS is ${env.BUN_CONFIG_MAX_HTTP_REQUESTS ?? 'not set (256)'}`
  if (limit >= enough) return { probe, verdict: 'ok', detail }
  return { probe, verdict: 'warning', detail: `${detail}; calls beyond that wait without a word. Start by bin/gatehouse, or set it to ${enough}` }
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
