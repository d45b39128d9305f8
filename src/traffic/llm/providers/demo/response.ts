// Responses in the form of upstream/, created here instead of received.

import { GatewayError } from '../../../../contract/errors.ts'
import type { ByteSource, UpstreamResponse } from '../../../../contract/upstream.ts'

type HeaderList = [string, string][]

/** A JSON body that is available at once. When it is cut, the connection breaks in the middle of it. */
export function whole(status: number, headers: HeaderList, text: string, isCut = false): UpstreamResponse {
  const bytes = new TextEncoder().encode(text)
  let rest: Uint8Array | undefined = isCut ? bytes.subarray(0, bytes.length >> 1) : bytes
  const body: ByteSource = {
    async next() {
      const piece = rest
      rest = undefined
      if (piece === undefined && isCut) throw broken()
      return piece
    },
    cancel: async () => void (rest = undefined),
  }
  return withBytes(status, [...headers, ['content-type', 'application/json']], body)
}

export const streamed = (headers: HeaderList, body: ByteSource): UpstreamResponse =>
  withBytes(200, [...headers, ['content-type', 'text/event-stream; charset=utf-8']], body)

export const broken = (): GatewayError =>
  new GatewayError(
    'upstream-cut',
    'the demo provider closed the connection early, as demo/flaky sometimes does',
  )

function withBytes(status: number, headers: HeaderList, body: ByteSource): UpstreamResponse {
  return {
    status,
    headers: new Headers(headers),
    body,
    async bytes(limitBytes) {
      const pieces: Uint8Array[] = []
      let size = 0
      for (let piece = await body.next(); piece; piece = await body.next()) {
        size += piece.length
        if (size > limitBytes) {
          await body.cancel()
          throw new GatewayError('upstream-garbage', `the response is longer than ${limitBytes} bytes`)
        }
        pieces.push(piece)
      }
      return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
    },
  }
}
