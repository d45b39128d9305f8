// Checks the limit of open files.

import { readFileSync } from 'node:fs'
import type { Finding } from './finding.ts'

/** Each call needs two sockets: the caller's and the provider's. */
export function probeOpenFiles(limitsPath = '/proc/self/limits'): Finding {
  const probe = 'open files'
  const soft = readLimit(limitsPath)
  if (soft === undefined)
    return {
      probe,
      verdict: 'not checked',
      detail: 'this system has no /proc/self/limits; check `ulimit -n`',
    }
  const calls = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Math.floor(Number(soft) / 2)
  const detail = `at most ${soft} open files`
  if (calls >= 8_192) return { probe, verdict: 'ok', detail }
  return {
    probe,
    verdict: 'warning',
    detail: `${detail}, enough for about ${calls} concurrent calls; raise it with \`ulimit -n 65536\` or LimitNOFILE=`,
  }
}

function readLimit(path: string): string | undefined {
  try {
    return /^Max open files +(\d+|unlimited)/m.exec(readFileSync(path, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
