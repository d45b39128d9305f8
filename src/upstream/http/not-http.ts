// A violation of HTTP/1.1 by a server, as a code for messages. The server's bytes are never quoted.

export type Breach =
  | 'status-line'
  | 'field-line'
  | 'head-size'
  | 'interim-responses'
  | 'upgrade'
  | 'content-length'
  | 'transfer-encoding'
  | 'chunk'
  | 'trailer'
  | 'unasked-bytes'
  | 'content-encoding'

export class NotHttp extends Error {
  readonly code: Breach

  constructor(code: Breach) {
    super(code)
    this.code = code
  }
}
