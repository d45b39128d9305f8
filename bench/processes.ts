// Reads CPU time and memory of a process and everything below it from /proc.

import { readFileSync, readdirSync } from 'node:fs'

const ticksPerSecond = 100
const pageKb = 4

export interface Reading {
  cpuUs: number
  rssMb: number
}

export function reading(pid: number): Reading {
  let cpuUs = 0
  let rssMb = 0
  for (const one of tree(pid)) {
    const stat = statOf(one)
    if (!stat) continue
    cpuUs += ((stat.user + stat.system) * 1_000_000) / ticksPerSecond
    rssMb += (stat.rssPages * pageKb) / 1024
  }
  return { cpuUs, rssMb }
}

const restMs = 400
const longestRestMs = 15_000

/**
 * Waits until the tree has used next to no CPU for a while (at most 15 s), so that work put off is counted.
 */
export async function atRest(pid: number): Promise<Reading> {
  let last = reading(pid)
  for (let waited = 0; waited < longestRestMs; waited += restMs) {
    await Bun.sleep(restMs)
    const now = reading(pid)
    if (now.cpuUs - last.cpuUs <= 20_000) return now
    last = now
  }
  return last
}

function tree(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const child = Number(name)
    if (!Number.isInteger(child)) continue
    const parent = statOf(child)?.parent
    if (parent !== undefined) parents.set(parent, [...(parents.get(parent) ?? []), child])
  }
  const all = [pid]
  for (let index = 0; index < all.length; index += 1) all.push(...(parents.get(all[index] ?? -1) ?? []))
  return all
}

function statOf(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // the name may hold spaces and parentheses: count from its end
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      parent: Number(fields[1]),
      user: Number(fields[11]),
      system: Number(fields[12]),
      rssPages: Number(fields[21]),
    }
  } catch {
    return undefined
  }
}
