// Finds the door for a path: exact paths first, then the longest prefix.

import type { Endpoint } from '../contract/endpoint.ts'

export type Found =
  | { kind: 'door'; door: Endpoint }
  | { kind: 'method'; door: Endpoint; allowed: readonly string[] }
  | { kind: 'none' }

export interface DoorTable {
  find(request: Request, path: string): Found
}

export function doorTable(doors: readonly Endpoint[]): DoorTable {
  const exact = new Map<string, Endpoint[]>()
  const prefixes: { prefix: string; doors: Endpoint[] }[] = []
  for (const door of doors) {
    if (!door.path.endsWith('*')) {
      exact.set(door.path, [...(exact.get(door.path) ?? []), door])
      continue
    }
    const prefix = door.path.slice(0, -1)
    const known = prefixes.find((entry) => entry.prefix === prefix)
    if (known) known.doors.push(door)
    else prefixes.push({ prefix, doors: [door] })
  }
  prefixes.sort((left, right) => right.prefix.length - left.prefix.length)

  return {
    find(request, path) {
      const here = exact.get(path) ?? prefixes.find((entry) => path.startsWith(entry.prefix))?.doors
      if (!here) return { kind: 'none' }
      for (const door of here)
        if (door.method === request.method && (!door.accepts || door.accepts(request)))
          return { kind: 'door', door }
      const [some] = here
      if (!some) return { kind: 'none' }
      return { kind: 'method', door: some, allowed: [...new Set(here.map((door) => door.method))] }
    },
  }
}
