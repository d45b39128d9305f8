// A programmable fake provider on loopback. Raw sockets, because a normal HTTP server cannot cut an event in
// half, stall or send invalid data.
//
//   const provider = await fakeProvider()
//   … configure Gatehouse with `provider.url` (`http://127.0.0.1:PORT/v1`) …
//
//   provider.next(behave.error(429, { retryAfter: '2' }))      // for the next request only; several queue up
//   provider.next(behave.json({ … }), behave.hang())
//   provider.always(behave.sse(chat.stream(['Hel', 'lo'])))    // for all requests that find the queue empty
//   provider.on('/v1/models', behave.json({ … }))              // for one path (with or without query),
// before queue and default
//
// Unscripted it is a small OpenAI: it responds to `/chat/completions` (streamed when `stream` is true,
// usage included) with the text `Hello from the fake provider.`, and to `/models` with `fake-model`.
//
// A test that controls a stream:
//   const answer = behave.manual()
//   provider.next(answer)
//   … start the call …
//   await answer.started            // the request is here
//   answer.head(200, { 'content-type': 'text/event-stream' })
//   answer.push('data: {…}\n\n')    // sent immediately, as one HTTP chunk
//   answer.end()                    // or .cut() inside an event, .reset(), or nothing: a stall
//   await answer.closed             // the client has closed the socket (abort, leak checks)
//
// Received requests: `provider.requests` (in order: method, path, headers, body, json()), `await
// provider.received(3)`. Leaks: `await provider.settled()` (every request has a complete response or a
// closed connection), `provider.openSockets` and `await provider.idle()` (no connection at all; clients keep
// connections after good responses). Always `await provider.close()` in `afterEach`.

import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { defaultAnswer, type Behavior } from './behave.ts'
import { call, type Call } from './call.ts'
import { type RawRequest, type Received, requestReader } from './request-reader.ts'

export interface FakeProvider {
  /** Base URL for a provider's rule: `http://127.0.0.1:PORT/v1`. */
  url: string
  port: number
  requests: readonly Received[]
  /** Connections ever accepted, and those open now. */
  readonly connections: number
  readonly openSockets: number
  /** The open connections, for failures without a behavior. */
  readonly sockets: ReadonlySet<Socket>
  /** Requests whose response is incomplete and whose connection is open. */
  readonly running: number
  next: (...behaviors: Behavior[]) => void
  always(behavior: Behavior): void
  on(path: string, behavior: Behavior): void
  /** Resolves with the n-th request (1 is the first), immediately if it has already arrived. */
  received(n: number): Promise<Received>
  /** Resolves when no request is running. */
  settled(): Promise<void>
  /** Resolves when no client holds a connection. */
  idle(): Promise<void>
  /** Destroys the idle or busy connections; the server continues to listen. */
  dropConnections(): void
  close: () => Promise<void>
}

export async function fakeProvider(
  options: { tls?: { cert: string; key: string }; host?: string } = {},
): Promise<FakeProvider> {
  const requests: Received[] = []
  const sockets = new Set<Socket>()
  const queue: Behavior[] = []
  const byPath = new Map<string, Behavior>()
  let fallback: Behavior = defaultAnswer
  const running = new Set<Received>()
  let connections = 0
  const watchers: (() => void)[] = []

  const changed = () => {
    for (const watcher of watchers.splice(0)) watcher()
  }

  function accept(socket: Socket) {
    const connection = ++connections
    sockets.add(socket)
    socket.setNoDelay(true)
    // each request on a kept connection listens for its end
    socket.setMaxListeners(0)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      changed()
    })
    const read = requestReader((raw) => {
      const received = receivedFrom(raw, connection)
      requests.push(received)
      const behavior =
        byPath.get(raw.path) ?? byPath.get(raw.path.split('?')[0] ?? '') ?? queue.shift() ?? fallback
      running.add(received)
      const over = () => {
        if (running.delete(received)) changed()
      }
      run(behavior, call(socket, received, over))
      changed()
    })
    socket.on('data', read)
  }

  const server: Server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept)
  server.on('error', () => {})
  const port = await listen(server, options.host ?? '127.0.0.1')

  /** Waits for a condition that changes only with requests and sockets. */
  async function until(isMet: () => boolean) {
    while (!isMet()) await new Promise<void>((resolve) => watchers.push(resolve))
  }

  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/v1`,
    port,
    requests,
    get connections() {
      return connections
    },
    get openSockets() {
      return sockets.size
    },
    sockets,
    get running() {
      return running.size
    },
    next: (...behaviors) => void queue.push(...behaviors),
    always: (behavior) => void (fallback = behavior),
    on: (path, behavior) => void byPath.set(path, behavior),
    async received(n) {
      await until(() => requests.length >= n)
      return requests[n - 1] as Received
    },
    settled: () => until(() => running.size === 0),
    idle: () => until(() => sockets.size === 0),
    dropConnections() {
      for (const socket of sockets) socket.destroy()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** A loopback URL without a listener: connections are refused. */
export async function closedPort(): Promise<string> {
  const server = createServer()
  const port = await listen(server, '127.0.0.1')
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return `http://127.0.0.1:${port}/v1`
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

function receivedFrom(raw: RawRequest, connection: number): Received {
  const text = () => new TextDecoder().decode(raw.body)
  return { ...raw, connection, text, json: () => JSON.parse(text()) }
}

/** A behavior that throws (the client left while it wrote) must not end the test process. */
function run(behavior: Behavior, to: Call) {
  Promise.resolve()
    .then(() => behavior.answer(to))
    .catch(() => to.cut())
}
