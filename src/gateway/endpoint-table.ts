// Finds the endpoint for a path: exact paths first, then the longest prefix.

import type { Endpoint } from '../contract/endpoint.ts'

export type Found =
  | { kind: 'endpoint'; endpoint: Endpoint }
  | { kind: 'method'; endpoint: Endpoint; allowed: readonly string[] }
  | { kind: 'none' }

export interface EndpointTable {
  find(request: Request, path: string): Found
}

export function createEndpointTable(endpoints: readonly Endpoint[]): EndpointTable {
  const exact = new Map<string, Endpoint[]>()
  const prefixes: { prefix: string; endpoints: Endpoint[] }[] = []
  for (const endpoint of endpoints) {
    if (!endpoint.path.endsWith('*')) {
      exact.set(endpoint.path, [...(exact.get(endpoint.path) ?? []), endpoint])
      continue
    }
    const prefix = endpoint.path.slice(0, -1)
    const known = prefixes.find((entry) => entry.prefix === prefix)
    if (known) known.endpoints.push(endpoint)
    else prefixes.push({ prefix, endpoints: [endpoint] })
  }
  prefixes.sort((left, right) => right.prefix.length - left.prefix.length)

  return {
    find(request, path) {
      const here = exact.get(path) ?? prefixes.find((entry) => path.startsWith(entry.prefix))?.endpoints
      if (!here) return { kind: 'none' }
      for (const endpoint of here)
        if (endpoint.method === request.method && (!endpoint.accepts || endpoint.accepts(request)))
          return { kind: 'endpoint', endpoint }
      const [some] = here
      if (!some) return { kind: 'none' }
      return {
        kind: 'method',
        endpoint: some,
        allowed: [...new Set(here.map((endpoint) => endpoint.method))],
      }
    },
  }
}
