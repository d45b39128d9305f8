// The server's settings with their defaults, which main needs before it has a snapshot.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ResponsesRule, ServerLimits } from '../../contract/snapshot.ts'
import { fixForListen, listenAddress } from '../config/schema/server.ts'
import type { Compilation } from './compilation.ts'
import { hashOf } from './secrets.ts'

export interface ServerSettings {
  listen: { host: string; port: number }
  /** Absolute paths. */
  tls?: { cert: string; key: string }
  trustedProxies: readonly string[]
  cors?: { origins: readonly string[] }
  /** Absolute path. */
  data: string
  admin: {
    /** SHA-256 of the configured key, in hex. If it is absent, main creates a key. */
    keySha256?: string
    listen?: { host: string; port: number }
  }
  metrics: { listen?: { host: string; port: number } }
}

/** Settings that are read only once. A change needs a restart. */
export const restartSettings = [
  'listen',
  'tls',
  'trustedProxies',
  'cors',
  'data',
  'admin',
  'metrics',
] as const

const defaultLimits: ServerLimits = {
  bodyBytes: 32 * 1024 * 1024,
  bodiesBytes: 512 * 1024 * 1024,
  depth: 100,
  inFlight: 4_096,
  bodyMs: 60_000,
}
const defaultResponses: ResponsesRule = {
  keepMs: 24 * 3_600_000,
  bytesPerKey: 64 * 1024 * 1024,
  totalBytes: 1024 * 1024 * 1024,
  storesUpstream: true,
}
export const defaultDrainMs = 30_000

export function compileSettings(compilation: Compilation): ServerSettings {
  const { configuration, folder, problems } = compilation
  const { listen, tls, trustedProxies, cors, data, admin, metrics } = configuration.server
  const files = tls && { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) }
  for (const [name, file] of Object.entries(files ?? {})) {
    if (!existsSync(file))
      problems.add(
        ['tls', name],
        `the file "${file}" does not exist`,
        'paths are relative to the configuration file',
      )
  }
  const keySha256 = admin?.key && hashOf(compilation, admin.key, ['admin', 'key'])
  return {
    listen: listenOverride(compilation) ?? listen ?? { host: '127.0.0.1', port: 8080 },
    ...(files && { tls: files }),
    trustedProxies: trustedProxies ?? [],
    ...(cors && { cors: { origins: cors.origins } }),
    data: resolve(folder, data ?? './data'),
    admin: { ...(keySha256 !== undefined && { keySha256 }), ...(admin?.listen && { listen: admin.listen }) },
    metrics: { ...(metrics?.listen && { listen: metrics.listen }) },
  }
}

/** `$GATEHOUSE_LISTEN`, which `serve --listen` sets, too: containers choose the address without a file. */
function listenOverride({ environment, problems }: Compilation): ServerSettings['listen'] | undefined {
  const text = environment['GATEHOUSE_LISTEN']
  if (!text) return undefined
  const address = listenAddress(text)
  if (address === undefined)
    problems.add([], `$GATEHOUSE_LISTEN is "${text}", which is not an address to listen on`, fixForListen)
  return address
}

export function compileLimits({ configuration }: Compilation): ServerLimits {
  const { bodyBytes, bodiesBytes, depth, inFlight, bodyTime } = configuration.server.limits ?? {}
  return {
    bodyBytes: bodyBytes ?? defaultLimits.bodyBytes,
    bodiesBytes: bodiesBytes ?? defaultLimits.bodiesBytes,
    depth: depth ?? defaultLimits.depth,
    inFlight: inFlight ?? defaultLimits.inFlight,
    bodyMs: bodyTime ?? defaultLimits.bodyMs,
  }
}

export function compileResponses({ configuration }: Compilation): ResponsesRule {
  const { keep, perKey, total, storesUpstream } = configuration.server.responses ?? {}
  return {
    keepMs: keep ?? defaultResponses.keepMs,
    bytesPerKey: perKey ?? defaultResponses.bytesPerKey,
    totalBytes: total ?? defaultResponses.totalBytes,
    storesUpstream: storesUpstream ?? defaultResponses.storesUpstream,
  }
}
