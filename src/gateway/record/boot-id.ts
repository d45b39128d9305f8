// The kernel's boot id.

import { readFileSync } from 'node:fs'

/** Empty if the system has none. Then every start counts as a different boot. */
export function bootId(path = '/proc/sys/kernel/random/boot_id'): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
