// Which run an exchange belongs to. Runs are scoped by key: no caller can join another's run, and a client
// joins its own by sending its id.

import { createHash } from 'node:crypto'
import type { OpenCall } from '../contract/gate.ts'

const longestRun = 128

/**
 * The run that the client names (`x-gatehouse-run`, or the session of a known SDK or agent), else a new one.
 */
export function findRun(key: string, opening: OpenCall, exchange: string): string {
  const sent = opening.headers.get('x-gatehouse-run') || opening.session
  return sent ? nameRun(key, sent) : ownRun(key, exchange)
}

/** The run that a caller names, by its own name or by the reported id. */
export function nameRun(key: string, sent: string): string {
  const scope = scopeOf(key)
  return scope + runName(sent.startsWith(scope) ? sent.slice(scope.length) : sent)
}

/** The run of an exchange that names none. */
export const ownRun = (key: string, exchange: string) => `${scopeOf(key)}run_${exchange}`

/**
 * Records contain no content: a name that does not look like an id is replaced by its hash, which still
 * groups the calls of the run.
 */
function runName(sent: string): string {
  if (sent.length <= longestRun && /^[\w.:@/+~=-]+$/.test(sent)) return sent
  return `hash_${createHash('sha256').update(sent).digest('hex').slice(0, 32)}`
}

/** Ids of keys may contain colons: `a` must not reach the runs of `a:b`. */
const scopeOf = (key: string) => `${key.replaceAll(':', '%3A')}:`
