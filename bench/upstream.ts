// The provider that all contenders proxy to: an HTTP/1.1 server on raw sockets, as cheap as it can be made,
// so that it is not what is measured.
//
// It responds in the dialect of the path. The model's name, in the body or in the path, selects the response:
// `whole` (1 KB of JSON), `fast` (50 events at once, one write each), `slow` (50 events, 20 ms apart), `open`
// (two events, then silence until the client leaves). bun bench/upstream.ts PORT

import type { Socket } from 'bun'
import { mockResponseAt, mockResponses } from './responses/index.ts'
import type { MockResponse } from './responses/mock-response.ts'

const gapMs = 20

const list = JSON.stringify({
  object: 'list',
  data: ['whole', 'fast', 'slow', 'open'].map((id) => ({ id, object: 'model' })),
})
const models = response(list)
const streamHead = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
)

/** Ready to send. */
interface Ready {
  whole: Buffer
  pieces: readonly Buffer[]
}

const ready = new Map<MockResponse, Ready>(
  mockResponses.map((respond) => [
    respond,
    {
      whole: response(respond.whole),
      pieces: respond.events.map((event) => Buffer.from(`${event.length.toString(16)}\r\n${event}\r\n`)),
    },
  ]),
)

function response(body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
}

const end = Buffer.from('0\r\n\r\n')

interface State {
  head: Buffer
  bodyLeft: number
  model: string
  mock: Ready | undefined
  queue: Buffer[]
}

const slow = new Map<Socket<State>, number>()
setInterval(() => {
  for (const [socket, at] of slow) {
    const piece = socket.data.mock?.pieces[at]
    if (piece) {
      send(socket, piece)
      slow.set(socket, at + 1)
      continue
    }
    slow.delete(socket)
    send(socket, end)
  }
}, gapMs)

function send(socket: Socket<State>, bytes: Buffer) {
  const { queue } = socket.data
  const sent = queue.length > 0 ? 0 : Math.max(0, socket.write(bytes))
  if (sent < bytes.length) queue.push(bytes.subarray(sent))
}

function respond(socket: Socket<State>) {
  const { model, mock } = socket.data
  if (!mock) return
  if (model === 'whole') {
    send(socket, mock.whole)
    return
  }
  send(socket, streamHead)
  if (model === 'slow') {
    slow.set(socket, 0)
    return
  }
  for (const piece of model === 'open' ? mock.pieces.slice(0, 2) : mock.pieces) send(socket, piece)
  if (model !== 'open') send(socket, end)
}

const modelPattern = /"model":\s?"([a-z]+)"/
const modelInPath = /\/models\/([a-z]+):/

function read(socket: Socket<State>, data: Buffer) {
  const state = socket.data
  let rest = data
  while (rest.length > 0) {
    if (state.bodyLeft > 0) {
      const taken = Math.min(state.bodyLeft, rest.length)
      // the model may be in any chunk of the body; its first kilobyte and its last are where clients put it
      state.model =
        modelPattern.exec(rest.toString('latin1', 0, Math.min(taken, 1024)))?.[1] ??
        modelPattern.exec(rest.toString('latin1', Math.max(0, taken - 1024), taken))?.[1] ??
        state.model
      state.bodyLeft -= taken
      rest = rest.subarray(taken)
      if (state.bodyLeft === 0) respond(socket)
      continue
    }
    state.head = state.head.length > 0 ? Buffer.concat([state.head, rest]) : rest
    const stop = state.head.indexOf('\r\n\r\n')
    if (stop < 0) return
    const head = state.head.toString('latin1', 0, stop)
    rest = state.head.subarray(stop + 4)
    state.head = Buffer.alloc(0)
    const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'))
    state.model = modelInPath.exec(path)?.[1] ?? 'whole'
    state.mock = ready.get(mockResponseAt(path))
    if (head.startsWith('GET ')) {
      send(socket, models)
      continue
    }
    state.bodyLeft = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (state.bodyLeft === 0) respond(socket)
  }
}

const server = Bun.listen<State>({
  hostname: '127.0.0.1',
  port: Number(process.argv[2] ?? 0),
  socket: {
    open(socket) {
      socket.data = { head: Buffer.alloc(0), bodyLeft: 0, model: 'whole', mock: undefined, queue: [] }
      socket.setNoDelay(true)
    },
    data: read,
    drain(socket) {
      const { queue } = socket.data
      for (let first = queue[0]; first; first = queue[0]) {
        const sent = socket.write(first)
        if (sent < first.length) {
          queue[0] = first.subarray(Math.max(0, sent))
          return
        }
        queue.shift()
      }
    },
    close: (socket) => void slow.delete(socket),
    error: (socket) => void slow.delete(socket),
  },
})
console.log(server.port)
