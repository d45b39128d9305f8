// An open-loop generator on raw sockets: calls start at their scheduled times whether or not earlier ones
// have ended, and latency is counted from the schedule, so that a stall is not hidden by a client that waits
// (coordinated omission).

import type { Socket } from 'bun'

export interface Load {
  port: number
  body: string
  headers: Readonly<Record<string, string>>
}

interface Call {
  scheduledAt: number
  ended(latencyMs: number, isGood: boolean): void
  events: number
  received: number
  status: number
  hasLeft: boolean
}

export interface Ended {
  /** From its scheduled start. */
  latencyMs: number
  /** 200, and its end came. */
  isGood: boolean
  /** 0: nothing came. */
  status: number
  /** Server-sent events that came. */
  events: number
  /** The client disconnected before the end, on purpose. */
  hasLeft: boolean
}

type Conn = Socket<{ call: Call | undefined; tail: string }>

/**
 * A keep-alive pool; `isStream` calls end at the terminal chunk, others by content-length or terminal chunk.
 */
export function client({ port, body, headers }: Load) {
  const idle: Conn[] = []
  const all = new Set<Conn>()
  let begun = 0
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const bytes = Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${head}\r\n${body}`,
  )

  const open = () =>
    new Promise<Conn>((resolve, reject) => {
      Bun.connect<Conn['data']>({
        hostname: '127.0.0.1',
        port,
        socket: {
          open(socket) {
            socket.data = { call: undefined, tail: '' }
            socket.setNoDelay(true)
            all.add(socket)
            resolve(socket)
          },
          data: received,
          close(socket) {
            all.delete(socket)
            const at = idle.indexOf(socket)
            if (at >= 0) idle.splice(at, 1)
            finish(socket, false)
          },
          error: (socket) => finish(socket, false),
          connectError: (_, error) => reject(error),
        },
      }).catch(reject)
    })

  function received(socket: Conn, data: Buffer) {
    const { call } = socket.data
    if (!call) return
    if (call.received === 0) {
      begun += 1
      call.status = Number(data.toString('latin1', 9, 12))
    }
    call.received += data.length
    const text = socket.data.tail + data.toString('latin1')
    for (
      let at = text.indexOf('data: ', socket.data.tail.length > 5 ? socket.data.tail.length - 5 : 0);
      at >= 0;
      at = text.indexOf('data: ', at + 6)
    )
      call.events += 1
    if (isEnd(text)) finish(socket, call.status === 200)
    else socket.data.tail = text.length > 4096 ? text.slice(-512) : text
  }

  function finish(socket: Conn, isGood: boolean) {
    const { call } = socket.data
    socket.data.call = undefined
    socket.data.tail = ''
    if (all.has(socket)) idle.push(socket)
    call?.ended(performance.now() - call.scheduledAt, isGood)
  }

  return {
    async warm(count: number) {
      idle.push(...(await Promise.all(Array.from({ length: count }, open))))
    },
    /**
     * Starts one call now; resolves with its latency from `scheduledAt`. Leaves after `leaveAfterMs`, if that
     * comes before the end.
     */
    async call(scheduledAt = performance.now(), leaveAfterMs?: number): Promise<Ended> {
      const socket = idle.pop() ?? (await open())
      return new Promise((resolve) => {
        const call: Call = {
          scheduledAt,
          events: 0,
          received: 0,
          status: 0,
          hasLeft: false,
          ended: (latencyMs, isGood) =>
            resolve({ latencyMs, isGood, events: call.events, status: call.status, hasLeft: call.hasLeft }),
        }
        socket.data.call = call
        const sent = socket.write(bytes)
        if (sent < bytes.length) pump(socket, bytes.subarray(Math.max(0, sent)))
        if (leaveAfterMs === undefined) return
        setTimeout(() => {
          if (socket.data.call !== call) return
          call.hasLeft = true
          socket.terminate()
        }, leaveAfterMs)
      })
    },
    /** Leaves in the middle of whatever runs. */
    abortAll() {
      for (const socket of all) socket.terminate()
    },
    /** Calls whose response has started. */
    started: () => begun,
    close() {
      for (const socket of all) socket.end()
    },
  }
}

/** Large bodies do not fit the socket's buffer at once. */
function pump(socket: Conn, rest: Buffer) {
  const sent = socket.write(rest)
  if (sent < rest.length) setTimeout(pump, 1, socket, rest.subarray(Math.max(0, sent)))
}

function isEnd(text: string): boolean {
  if (text.endsWith('0\r\n\r\n')) return true
  const stop = text.indexOf('\r\n\r\n')
  if (stop < 0) return false
  const length = /content-length: (\d+)/i.exec(text.slice(0, stop))?.[1]
  return length !== undefined && text.length >= stop + 4 + Number(length)
}

export interface Paced {
  calls: number
  failed: number
  p50Ms: number
  p99Ms: number
}

/** @param perSecond calls a second, evenly spaced, for `seconds` */
export async function paced(load: Load, perSecond: number, seconds: number): Promise<Paced> {
  const connections = client(load)
  await connections.warm(64)
  const total = perSecond * seconds
  const startAt = performance.now() + 50
  const running: Promise<{ latencyMs: number; isGood: boolean }>[] = []
  await new Promise<void>((resolve) => {
    let next = 0
    const tick = setInterval(() => {
      const now = performance.now()
      for (; next < total && startAt + (next * 1000) / perSecond <= now; next += 1)
        running.push(connections.call(startAt + (next * 1000) / perSecond))
      if (next < total) return
      clearInterval(tick)
      resolve()
    }, 1)
  })
  const results = await Promise.all(running)
  connections.close()
  const latencies = results.map((result) => result.latencyMs).sort((left, right) => left - right)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    calls: results.length,
    failed: results.filter((result) => !result.isGood).length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}
