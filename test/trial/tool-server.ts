// A tool server for the trial module: each tool does one thing, and its executions are counted.

import type { AddressInfo } from 'node:net'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface ToolServer {
  url: string
  /** The number of executions of each tool. */
  executions: Record<string, number>
  /** Arguments of every execution, in order. */
  received: Record<string, unknown>[]
  /** Resolves when a call of `hang` has arrived; the call waits until `release` is called. */
  hanging(): Promise<void>
  release(): void
  stop(): Promise<void>
}

interface Params {
  name?: string
  arguments?: Record<string, unknown>
  given?: unknown
  answer?: unknown
}

export async function startToolServer(): Promise<ToolServer> {
  const executions: Record<string, number> = {}
  const received: Record<string, unknown>[] = []
  let arrived = Promise.withResolvers<void>()
  let released = Promise.withResolvers<void>()

  const tools: Record<string, (values: Record<string, unknown>, response: ServerResponse) => unknown> = {
    echo: (values) => ({ result: values['text'] ?? '' }),
    /** Reports its usage, if it was configured to. */
    draw: (values) => ({ result: 'drawn', ...(values['uses'] !== undefined && { used: values['uses'] }) }),
    /** Executes, then the connection breaks. */
    cut: (_values, response) => void response.socket?.destroy(),
    fail: (_values, response) => void response.writeHead(503).end('{}'),
    hang: async () => {
      arrived.resolve()
      await released.promise
      return { result: 'released' }
    },
    /** Needs another tool first; returns the result of that tool. */
    nest: (values) => ({ needs: { name: values['tool'], arguments: values['with'] ?? {} } }),
    /** Asks the client first; returns the client's response. */
    ask: (values) => ({ asks: { question: values['question'] ?? '' } }),
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { params } = JSON.parse(Buffer.concat(chunks).toString()) as { params: Params }
    const name = params.name ?? ''
    if ('name' in params) {
      executions[name] = (executions[name] ?? 0) + 1
      received.push(params.arguments ?? {})
    }
    const result =
      'name' in params
        ? await tools[name]?.(params.arguments ?? {}, response)
        : { result: params.given ?? params.answer }
    if (result !== undefined && !response.destroyed)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(result))
  }

  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    executions,
    received,
    hanging: () => arrived.promise,
    release() {
      released.resolve()
      arrived = Promise.withResolvers()
      released = Promise.withResolvers()
    },
    async stop() {
      released.resolve()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
