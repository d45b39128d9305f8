// The kernel's id of its own start.

import { readFileSync } from 'node:fs'

/** Empty where the system tells none: then no two starts count as the same. */
export function bootId(path = '/proc/sys/kernel/random/boot_id'): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
