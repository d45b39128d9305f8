// A provider's successful answer as canonical events: whole here, streams in decode-stream.ts.

import type { UpstreamResponse } from '../../../../../contract/upstream.ts'
import { elements, members, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { anyTextIn, isObject, objectIn, objectsIn } from '../../../../../kit/json.ts'
import { createResponseReader, omitUndefined } from '../../../canonical/index.ts'
import type { ResponseEvent, ResponseReader } from '../../../canonical/index.ts'
import { garbage, readResponseJson } from '../../../../wire/response-json.ts'
import { jsonAt } from '../../../../wire/field.ts'
import { readFinish } from '../finish.ts'
import { readUsage } from '../usage.ts'
import { readCitation } from '../citations.ts'
import { StreamDecoder, signed, tierIn } from './decode-stream.ts'
import { errorIn } from '../errors.ts'
import { title } from './view.ts'

export function decodeResponse(response: UpstreamResponse): ResponseReader {
  return createResponseReader(response, { events: () => new StreamDecoder(), whole: decodeWhole })
}

/** @throws GatewayError `upstream-garbage` */
export function decodeWhole(bytes: Uint8Array): ResponseEvent[] {
  return readResponseJson(bytes, title, eventsOf)
}

function eventsOf(document: JsonDocument): ResponseEvent[] {
  const error = errorIn(document)
  if (error) return [{ kind: 'error', error }]
  const fields = document.members
  const content = fields.get('content')
  if (content?.kind !== 'array') throw garbage(title, 'no "content"')
  const word = (name: string) => {
    const span = fields.get(name)
    return span?.kind === 'string' ? stringAt(document, span) : undefined
  }
  const usage = fields.get('usage')
  const counts = usage?.kind === 'object' ? objectIn(jsonAt(document, usage)) : undefined
  const events: ResponseEvent[] = [
    {
      kind: 'start',
      ...omitUndefined({ id: word('id'), model: word('model'), serviceTier: tierIn(counts) }),
    },
  ]
  elements(document, content).forEach((span, index) => decodeBlock(document, span, `b${index}`, events))
  if (counts) events.push({ kind: 'usage', usage: readUsage(counts) })
  const reason = word('stop_reason')
  if (reason !== undefined)
    events.push({
      kind: 'finish',
      choice: 0,
      finish: readFinish(reason),
      ...omitUndefined({ stopSequence: word('stop_sequence') }),
    })
  events.push({ kind: 'end' })
  return events
}

function decodeBlock(document: JsonDocument, span: JsonSpan, id: string, out: ResponseEvent[]): void {
  const block = jsonAt(document, span)
  if (!isObject(block)) return
  const { type } = block
  const text = (name: string) => anyTextIn(block[name]) ?? ''
  if (type === 'text') {
    out.push({ kind: 'text-start', choice: 0, id })
    if (text('text') !== '') out.push({ kind: 'text-delta', choice: 0, id, text: text('text') })
    for (const cited of objectsIn(block['citations']))
      out.push({ kind: 'citation', choice: 0, block: id, citation: readCitation(cited) })
    out.push({ kind: 'text-end', choice: 0, id })
  } else if (type === 'thinking') {
    out.push({ kind: 'reasoning-start', choice: 0, id })
    if (text('thinking') !== '') out.push({ kind: 'reasoning-delta', choice: 0, id, text: text('thinking') })
    out.push({ kind: 'reasoning-end', choice: 0, id, ...signed(text('signature')) })
  } else if (type === 'redacted_thinking') {
    out.push(
      { kind: 'reasoning-start', choice: 0, id },
      { kind: 'reasoning-end', choice: 0, id, signature: { dialect: 'anthropic-messages', value: block } },
    )
  } else if (type === 'tool_use') {
    const input = members(document, span).get('input')
    out.push(
      { kind: 'tool-call-start', choice: 0, id, callId: text('id'), name: text('name'), tool: 'function' },
      { kind: 'tool-call-delta', choice: 0, id, text: inputOf(document, input) },
      { kind: 'tool-call-end', choice: 0, id },
    )
  } else out.push({ kind: 'native', choice: 0, native: { dialect: 'anthropic-messages', value: block } })
}

/** Some servers write the input as JSON text. */
function inputOf(document: JsonDocument, input: JsonSpan | undefined): string {
  if (input === undefined || input.kind === 'null') return '{}'
  return input.kind === 'string' ? stringAt(document, input) : sourceAt(document, input)
}

/** JSON as the model wrote it: numbers keep their digits. */
function sourceAt({ bytes }: JsonDocument, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
