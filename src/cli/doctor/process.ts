// What the process was given: open files.

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
      detail: 'this system does not tell its limit in /proc/self/limits; see `ulimit -n`',
    }
  const calls = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Math.floor(Number(soft) / 2)
  const detail = `at most ${soft} open files`
  if (calls >= 8_192) return { probe, verdict: 'ok', detail }
  return {
    probe,
    verdict: 'warning',
    detail: `${detail}, which is about ${calls} calls at once; raise it with \`ulimit -n 65536\` or LimitNOFILE=`,
  }
}

function readLimit(path: string): string | undefined {
  try {
    return /^Max open files +(\d+|unlimited)/m.exec(readFileSync(path, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
