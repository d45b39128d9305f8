// A request as bytes: its head, and the body in the same piece if that is cheap.

import { GatewayError } from '../../contract/errors.ts'

export interface Requested {
  method: string
  /** Path and query, or the whole URL for a proxy. */
  target: string
  /** Names in lower case, including `host`. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array | string | undefined
}

/** Larger bodies are written separately, without a copy. */
const mostCopiedBytes = 65_536

/**
 * The pieces to write, in order. One piece, unless the body is large.
 * @throws GatewayError `bad-request` for a field that would break out of its line
 */
export function requestBytes({ method, target, headers, body }: Requested): (Buffer | string)[] {
  let head = `${method} ${target} HTTP/1.1\r\n`
  let isAscii = true
  for (const name in headers) {
    const value = headers[name] ?? ''
    if (!fieldName.test(name)) throw unusable(name)
    if (!plainValue.test(value)) {
      if (!fieldValue.test(value)) throw unusable(name)
      isAscii = false
    }
    head += `${name}: ${value}\r\n`
  }
  if (!plainTarget.test(target))
    throw new GatewayError('bad-request', 'The path contains characters that are not valid in a URL.')
  if (body === undefined && method !== 'POST') return [encoded(`${head}\r\n`, isAscii)]
  if (body === undefined) return [encoded(`${head}content-length: 0\r\n\r\n`, isAscii)]
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  head += `content-length: ${length}\r\n\r\n`
  if (length > mostCopiedBytes)
    return [encoded(head, isAscii), typeof body === 'string' ? Buffer.from(body) : bufferOf(body)]
  // a socket writes strings as UTF-8, and the head is ASCII
  if (typeof body === 'string' && isAscii) return [head + body]
  const whole = Buffer.allocUnsafe(head.length + length)
  whole.write(head, 'latin1')
  if (typeof body === 'string') whole.write(body, head.length, 'utf8')
  else whole.set(body, head.length)
  return [whole]
}

const encoded = (head: string, isAscii: boolean) => (isAscii ? head : Buffer.from(head, 'latin1'))

const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const unusable = (name: string) =>
  new GatewayError(
    'bad-request',
    `The header ${JSON.stringify(name.slice(0, 60))} cannot be sent: it contains characters that are not valid in a header.`,
  )

const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const plainValue = /^[\t\x20-\x7e]*$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/
const plainTarget = /^[\x21-\x7e]+$/
