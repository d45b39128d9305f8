// Slows the guessing of admin keys. Wrong keys are counted per address, and each one beyond a few doubles the
// wait. While an address waits, its keys are not checked, right or wrong. A right key after the wait clears the
// count.

import type { Clock } from '../../kit/clock.ts'

const freeAttempts = 5
const longestWaitMs = 60_000
const forgetAfterMs = 15 * 60_000
const mostAddresses = 4_096

export interface KeyAttempts {
  /** Milliseconds until this address may try again; 0 means now. */
  waitMs(address: string): number
  failed(address: string): void
  succeeded(address: string): void
}

export function createAttempts(clock: Clock): KeyAttempts {
  // Insertion order is the order of the last failure, so the first entry is the one to forget.
  const failures = new Map<string, { count: number; at: number }>()
  return {
    waitMs(address) {
      const entry = failures.get(network(address))
      if (!entry || entry.count < freeAttempts) return 0
      const wait = Math.min(longestWaitMs, 1_000 * 2 ** (entry.count - freeAttempts))
      return Math.max(0, entry.at + wait - clock.monotonic())
    },
    failed(address) {
      const name = network(address)
      const now = clock.monotonic()
      const before = failures.get(name)
      failures.delete(name)
      failures.set(name, { count: before && now - before.at < forgetAfterMs ? before.count + 1 : 1, at: now })
      const oldest = failures.keys().next()
      if (failures.size > mostAddresses && !oldest.done) failures.delete(oldest.value)
    },
    succeeded: (address) => void failures.delete(network(address)),
  }
}

/** An IPv6 host can change its address within a whole /64, so the /64 counts as one address. */
function network(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const filled =
    tail === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${filled
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`
}
