// One request at the fake provider and the raw ways to respond to it.

import type { Socket } from 'node:net'
import type { Received } from './request-reader.ts'

export interface Call {
  request: Received
  /** Resolves when either side has closed the connection. */
  closed: Promise<void>
  readonly isClosed: boolean
  /**
   * Status line and headers. Without `content-length` the body is chunked; `{ 'transfer-encoding': '' }`
   * sends neither (the body ends with the connection).
   */
  head(status: number, headers?: Record<string, string>): void
  /**
   * A piece of the body, as one HTTP chunk when the body is chunked. Resolves when the socket accepts more.
   */
  push: (bytes: string | Uint8Array) => Promise<void>
  /** Ends the body; the connection is kept. */
  end(): void
  /** Raw bytes without framing. */
  raw(bytes: string | Uint8Array): void
  /** Closes the connection with an orderly FIN, at any point of the response. */
  cut(): void
  /** Closes the connection with an RST. */
  reset(): void
}

/** @param over called once, when the response is complete or the connection is closed */
export function call(socket: Socket, request: Received, over: () => void): Call {
  let framing: 'chunked' | 'length' | 'close' = 'chunked'
  let left = 0
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  void closed.then(over)
  return {
    request,
    closed,
    get isClosed() {
      return socket.destroyed
    },
    head(status, headers = {}) {
      const named = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      )
      framing = 'content-length' in named ? 'length' : named['transfer-encoding'] === '' ? 'close' : 'chunked'
      left = Number(named['content-length'] ?? 0)
      if (framing === 'length' && left === 0) over()
      if (framing === 'chunked') named['transfer-encoding'] = 'chunked'
      const lines = Object.entries(named).flatMap(([name, value]) =>
        value === '' ? [] : [`${name}: ${value}\r\n`],
      )
      socket.write(`HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}\r\n${lines.join('')}\r\n`)
    },
    push(bytes) {
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      left -= data.length
      if (framing === 'length' && left <= 0) over()
      if (framing !== 'chunked') return written(socket, data)
      if (data.length === 0) return Promise.resolve()
      return written(
        socket,
        Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]),
      )
    },
    end() {
      if (framing === 'chunked') socket.write('0\r\n\r\n')
      if (framing === 'close') socket.end()
      over()
    },
    raw: (bytes) => void socket.write(bytes),
    cut: () => void socket.end(() => socket.destroy()),
    reset: () => void socket.resetAndDestroy(),
  }
}

const reasons: Record<number, string> = {
  200: 'OK',
  302: 'Found',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

function written(socket: Socket, data: Uint8Array): Promise<void> {
  if (socket.destroyed) return Promise.reject(new Error('the client has closed the connection'))
  if (socket.write(data)) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = () => {
      socket.off('drain', finish)
      socket.off('close', finish)
      resolve()
    }
    socket.once('drain', finish)
    socket.once('close', finish)
  })
}
