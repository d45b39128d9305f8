// What a server sent that HTTP/1.1 does not allow, by a code for messages. Its own bytes are never quoted.

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
