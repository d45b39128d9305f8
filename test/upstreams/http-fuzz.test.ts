// Compares the parser of responses with a slow and simple one, over responses that are almost valid. For
// any division into pieces the result is the same response or a refusal. It never crashes and never mixes
// bytes of two responses.
//
// `FUZZ=1000000 bun test test/upstreams/http-fuzz.test.ts` plays more, `SEED=n` others.

import { expect, test } from 'bun:test'
import { Chunked } from '../../src/upstream/http/chunked.ts'
import { readHead } from '../../src/upstream/http/head.ts'
import { NotHttp } from '../../src/upstream/http/not-http.ts'

const rounds = Number(process.env['FUZZ'] ?? 20_000)
let state = Number(process.env['SEED'] ?? 20_261_130)
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below
}
const oneOf = <Value>(values: readonly Value[]): Value => values[random(values.length)] as Value

const refused = <Value>(run: () => Value): Value | 'refused' => {
  try {
    return run()
  } catch (thrown) {
    if (thrown instanceof NotHttp) return 'refused'
    throw thrown
  }
}

/** Reads a complete text by the grammar of RFC 9112 §7.1. */
const chunkedBody = /^(?:([0-9a-fA-F]{1,12})(?:;[\t\x20-\x7e\x80-\xff]{0,4096})?\r\n)/
function slowChunked(text: string): { body: string; leftOver: number } | 'refused' | 'unfinished' {
  let at = 0
  let body = ''
  for (;;) {
    const size = chunkedBody.exec(text.slice(at))
    if (!size)
      return /^(?:[0-9a-fA-F]{1,12}(?:;[\t\x20-\x7e\x80-\xff]{0,4096})?\r?)?$/.test(text.slice(at))
        ? 'unfinished'
        : 'refused'
    at += size[0].length
    const length = Number.parseInt(size[1] ?? '', 16)
    if (length === 0) break
    body += text.slice(at, at + length)
    if (at + length + 2 > text.length)
      return '\r\n'.startsWith(text.slice(at + length)) ? 'unfinished' : 'refused'
    if (text.slice(at + length, at + length + 2) !== '\r\n') return 'refused'
    at += length + 2
  }
  for (;;) {
    const line = /^([\t\x20-\x7e\x80-\xff]*)\r\n/.exec(text.slice(at))
    if (!line) return /^[\t\x20-\x7e\x80-\xff]*\r?$/.test(text.slice(at)) ? 'unfinished' : 'refused'
    at += line[0].length
    if (line[1] === '') return { body, leftOver: text.length - at }
  }
}

function chunkedText(): string {
  let text = ''
  for (let chunk = random(5); chunk > 0; chunk -= 1) {
    const body = Array.from({ length: 1 + random(20) }, () => String.fromCharCode(random(256))).join('')
    text += `${oneOf(['', '0', '00'])}${body.length.toString(16)}${oneOf(['', '', ';a', ';a="b;c"'])}\r\n${body}\r\n`
  }
  text += `${oneOf(['0', '000'])}${oneOf(['', ';x'])}\r\n${oneOf(['', '', 'a: b\r\n', 'a: b\r\nc: d\r\n'])}\r\n${oneOf(['', '', 'HTTP/1.1 200 OK'])}`
  for (let fault = oneOf([0, 0, 1, 1, 2]); fault > 0; fault -= 1) {
    const at = random(text.length + 1)
    const odd = oneOf(['\r', '\n', '\0', ' ', ';', '-', '0', 'g', 'F', '\r\n', '\x7f', '\xff', ''])
    text = text.slice(0, at) + odd + text.slice(at + random(3))
  }
  return random(6) === 0 ? text.slice(0, random(text.length + 1)) : text
}

function fastChunked(text: string): ReturnType<typeof slowChunked> {
  const chunked = new Chunked()
  const bytes = Buffer.from(text, 'latin1')
  let body = ''
  let leftOver = 0
  const outcome = refused(() => {
    for (let at = 0; at < bytes.length; ) {
      const size = oneOf([1, 2, 3, 7, 1000])
      // it may change its input
      const piece = Buffer.from(bytes.subarray(at, at + size))
      at += piece.length
      if (chunked.isOver) leftOver += piece.length
      else {
        body += chunked.take(piece).toString('latin1')
        leftOver = chunked.leftOver
      }
    }
    return chunked.isOver ? { body, leftOver } : ('unfinished' as const)
  })
  return outcome
}

test(`${rounds} chunked bodies, in pieces of any size, are read as the grammar requires`, () => {
  const seen = { whole: 0, refused: 0, unfinished: 0 }
  for (let round = 0; round < rounds; round += 1) {
    const text = chunkedText()
    const slow = slowChunked(text)
    const fast = fastChunked(text)
    if (JSON.stringify(fast) !== JSON.stringify(slow)) expect({ text, is: fast }).toEqual({ text, is: slow })
    seen[typeof slow === 'string' ? slow : 'whole'] += 1
  }
  // each outcome occurs often enough to be meaningful
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(rounds / 20)
})

const fieldLines = [
  'content-length: 5',
  'Content-Length: 6',
  'transfer-encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'x: y',
  'connection: close',
]

test(`${rounds} response heads: the end of the body is found in exactly one way, or the head is refused`, () => {
  const seen = { refused: 0, length: 0, chunked: 0, none: 0, 'until-close': 0 }
  for (let round = 0; round < rounds; round += 1) {
    const lines = Array.from({ length: random(4) }, () => oneOf(fieldLines))
    let text = [
      `HTTP/1.${oneOf(['1', '1', '1', '0'])} ${oneOf(['200', '200', '204', '304', '500', '101'])} OK`,
      ...lines,
    ].join('\r\n')
    const hasFault = random(3) === 0
    if (hasFault) {
      const at = random(text.length + 1)
      text =
        text.slice(0, at) +
        oneOf(['\r', '\n', '\0', ' ', ':', ',', '\t', '1', '\r\n']) +
        text.slice(at + random(2))
    }
    const head = refused(() => readHead(text, 'POST'))
    seen[head === 'refused' ? 'refused' : head.framing] += 1
    if (head === 'refused') {
      // nothing is refused without a reason
      const isPlain = !hasFault && !text.includes(' 101 ')
      const lengths = lines.filter((line) => /^content-length/i.test(line)).length
      const codings = lines.filter((line) => /^transfer-encoding/i.test(line)).length
      const isPlainCoding =
        codings === 0 ||
        (codings === 1 &&
          lengths === 0 &&
          text.startsWith('HTTP/1.1') &&
          lines.includes('transfer-encoding: chunked'))
      if (isPlain && isPlainCoding && lengths < 2) expect(text).toBe('accepted')
      continue
    }
    // accepted data hides no line end and no other length or coding
    expect(/[\r\n\0]/.test([...head.fields].flat().join(''))).toBe(false)
    const reported = [...head.fields].filter(
      ([name]) => name === 'content-length' || name === 'transfer-encoding',
    )
    expect(reported.length).toBeLessThan(2)
    if (head.framing === 'length') expect(reported).toEqual([['content-length', String(head.lengthBytes)]])
    if (head.framing === 'chunked') expect(reported).toEqual([['transfer-encoding', 'chunked']])
    if (head.framing === 'until-close') expect(reported).toEqual([])
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(rounds / 50)
})
