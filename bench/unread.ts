// How much memory do clients cost that do not read their streams? An upstream sends without end; the clients
// ask for a stream and read nothing.
//
//   bun bench/unread.ts [--clients 300] [--event-bytes 200] [--most-mb 100] [--guards]
//
// Prints the memory of the gateway's processes before and with the clients. Ends with 1 when they cost more
// than `--most-mb` together.

import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startGatehouse } from './contenders/start.ts'
import { reading } from './processes.ts'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '300' },
    'event-bytes': { type: 'string', default: '200' },
    'most-mb': { type: 'string', default: '100' },
    seconds: { type: 'string', default: '15' },
    guards: { type: 'boolean', default: false },
  },
})
const count = Number(values.clients)

const event = Buffer.from(
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${'word '.repeat(Number(values['event-bytes']) / 5)}"}}]}\n\n`,
)
const chunk = Buffer.from(`${event.length.toString(16)}\r\n${event.toString()}\r\n`)
let sentBytes = 0
let started = 0
const many = Buffer.concat(Array.from({ length: Math.ceil(65_536 / chunk.length) }, () => chunk))

interface State {
  isStarted: boolean
  /** How much of the block under way has been taken. */
  at: number
}

/** Sends the same events as fast as the gateway reads. */
const upstream = Bun.listen<State>({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    open: (socket) => void (socket.data = { isStarted: false, at: 0 }),
    data(socket) {
      if (socket.data.isStarted) return
      socket.data.isStarted = true
      started += 1
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
      pour(socket)
    },
    drain: (socket) => pour(socket),
  },
})

function pour(socket: { data: State; write(bytes: Uint8Array): number }) {
  for (;;) {
    const rest = many.subarray(socket.data.at)
    const written = Math.max(0, socket.write(rest))
    sentBytes += written
    socket.data.at = (socket.data.at + written) % many.length
    if (written < rest.length) return
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-unread-'))
const gatehouse = await startGatehouse(upstream.port, folder, values.guards)
const sockets: Socket[] = []
try {
  const { authorization } = gatehouse.headers
  const body = JSON.stringify({
    model: 'bench-fast',
    stream: true,
    max_tokens: 1000,
    messages: [{ role: 'user', content: 'Hi' }],
  })
  const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  // warm: one more client, which stays. Had it left, its stream would be read for the usage while the others
  // are measured.
  await unread()
  await Bun.sleep(2_000)
  const before = reading(gatehouse.pid).rssMb
  for (let client = 0; client < count; client += 1) await unread()
  let most = 0
  for (let second = 0; second < Number(values.seconds); second += 1) {
    await Bun.sleep(1_000)
    most = Math.max(most, reading(gatehouse.pid).rssMb)
  }
  const cost = most - before
  console.log(
    `${count} clients that read nothing, events of ${event.length} bytes, guards ${values.guards ? 'on' : 'off'}: ${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at the most, ${cost.toFixed(0)} MB for them together; ${started} streams began, the upstream sent ${(sentBytes / 1e6).toFixed(0)} MB`,
  )
  if (cost > Number(values['most-mb'])) process.exitCode = 1

  function unread(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(gatehouse.port, '127.0.0.1', () => {
        socket.write(request)
        // the head of the response, and nothing after it
        socket.once('data', (head: Buffer) => {
          socket.pause()
          if (!head.toString('latin1').startsWith('HTTP/1.1 200')) reject(new Error(head.toString('latin1')))
          else resolve()
        })
      })
      socket.on('error', reject)
      sockets.push(socket)
    })
  }
} finally {
  for (const socket of sockets) socket.destroy()
  await gatehouse.stop()
  upstream.stop(true)
  rmSync(folder, { recursive: true, force: true })
}
