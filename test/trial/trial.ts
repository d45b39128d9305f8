// A gateway with the trial module and its server, for the tests of this folder.

import { type Gatehouse, type GatewayOptions, startGateway, testerKey } from '../journeys/gateway.ts'
import { trialModule } from './module.ts'
import { type ToolServer, startToolServer } from './tool-server.ts'

export interface Trial {
  gatehouse: Gatehouse
  server: ToolServer
  /** Calls a tool; `init.key` instead of the tester's. */
  call(
    name: string,
    values: Record<string, unknown>,
    init?: { key?: string; headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>
  stop(): Promise<void>
}

/** @param config YAML; the server is `tools` unless the configuration has destinations of its own */
export async function startTrial(config = '', options: Partial<GatewayOptions> = {}): Promise<Trial> {
  const server = await startToolServer()
  const servers = `mcpServers:\n  tools: { kind: trial, url: "${server.url}" }\n`
  const free = /^prices:/m.test(config) ? '' : 'prices:\n  "tools/*": free\n'
  const teams = /^teams:/m.test(config)
    ? ''
    : 'teams:\n  testers: { allow: { tools: ["*/*"], models: ["*", "*/*"] } }\n'
  const gatehouse = await startGateway({
    config: `${servers}${free}${teams}${config}`,
    modules: [trialModule],
    ...options,
  })
  return {
    gatehouse,
    server,
    call: (name, values, { key = testerKey, headers = {}, signal } = {}) =>
      fetch(`${gatehouse.url}/trial`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name, arguments: values },
        }),
        ...(signal ? { signal } : {}),
      }),
    async stop() {
      await gatehouse.stop()
      await server.stop()
    },
  }
}
