// The head of a response: status, fields, and where the body ends (RFC 9112 §6.3). Input that two parsers
// could read in different ways is refused, because one of them could take a part of it for the response to
// another caller.
//
// Refused input and the reason:
// - bare CR or LF, folded lines, spaces before a colon, control characters: RFC 9112 §2.2, §5; 9110 §5.5
// - transfer-encoding together with content-length, with HTTP/1.0, or anything but `chunked`: RFC 9112 §6.1, §6.3
// - a content-length that has other characters than digits, or that is repeated: RFC 9112 §6.3
// - 101 and other switches of protocol: Gatehouse never requests one

import { Fields } from './fields.ts'
import { NotHttp } from './not-http.ts'

export type Framing = 'none' | 'length' | 'chunked' | 'until-close'

export interface Head {
  status: number
  fields: Fields
  framing: Framing
  /** Present with framing `length`. */
  lengthBytes: number
  /** May the connection be used again after the body? */
  isKept: boolean
  /** How long the server keeps an idle connection, if it sent a time. */
  keptMs: number | undefined
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const fieldLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/
const digits = /^\d{1,15}$/

/**
 * @param text the head as latin1, without the empty line at its end
 * @throws NotHttp
 */
export function readHead(text: string, method: string): Head {
  const lines = text.split('\r\n')
  const first = lines[0] ?? ''
  if (!statusLine.test(first)) throw new NotHttp('status-line')
  const isNewer = first.charCodeAt(7) === 0x31
  const status = Number(first.slice(9, 12))
  const fields = new Fields()
  const head: Head = {
    status,
    fields,
    framing: 'until-close',
    lengthBytes: 0,
    isKept: isNewer,
    keptMs: undefined,
  }
  let length: string | undefined
  let coding: string | undefined
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (!fieldLine.test(line)) throw new NotHttp('field-line')
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = valueOf(line, colon + 1)
    fields.add(name, value)
    if (name === 'content-length') {
      if (length !== undefined || !digits.test(value)) throw new NotHttp('content-length')
      length = value
    } else if (name === 'transfer-encoding') {
      if (coding !== undefined) throw new NotHttp('transfer-encoding')
      coding = value
    } else if (name === 'connection') {
      if (closes.test(value)) head.isKept = false
    } else if (name === 'keep-alive') {
      const seconds = keepSeconds.exec(value)?.[1]
      if (seconds !== undefined) head.keptMs = Number(seconds) * 1000
    }
  }
  if (coding !== undefined && (length !== undefined || !isNewer || coding.toLowerCase() !== 'chunked'))
    throw new NotHttp('transfer-encoding')
  if (status === 101) throw new NotHttp('upgrade')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) head.framing = 'none'
  else if (coding !== undefined) head.framing = 'chunked'
  else if (length !== undefined) {
    head.framing = 'length'
    head.lengthBytes = Number(length)
  }
  return head
}

const closes = /(?:^|,)[\t ]*(?:close|upgrade)[\t ]*(?:,|$)/i
const keepSeconds = /(?:^|[,;])[\t ]*timeout[\t ]*=[\t ]*(\d{1,9})/i

function valueOf(line: string, from: number): string {
  let start = from
  let end = line.length
  while (start < end && isBlank(line.charCodeAt(start))) start += 1
  while (end > start && isBlank(line.charCodeAt(end - 1))) end -= 1
  return line.slice(start, end)
}

const isBlank = (code: number) => code === 0x20 || code === 0x09
