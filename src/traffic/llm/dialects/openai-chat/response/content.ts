// The content that guards read in a response: for each choice its text, refusal, reasoning and tool
// arguments, in whole messages as well as deltas. Departures: Mistral sends content as parts, including its
// reasoning; OpenRouter and vLLM call reasoning `reasoning` or `reasoning_content`.

import { elements, members, numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../../kit/json-spans.ts'
import type { SlotGroup } from '../../../../wire/facts.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'
import { tokenSlot } from '../../../wire/tokens.ts'

export interface Choice extends SlotGroup {
  /** Why it ended, in the vendor's spelling. Absent while it continues. */
  finish?: string
}

/** @throws JsonFault for a repeated key */
export function readChoices(source: JsonSource, fields: Fields): Choice[] {
  const choices = fields.get('choices')
  if (choices?.kind !== 'array') return []
  const object = fields.get('object')
  // Perplexity sends both: `delta` has the new text and is empty in a whole response; `message` has all text
  // so far.
  const isWhole = object?.kind === 'string' && stringAt(source, object) === 'chat.completion'
  const read: Choice[] = []
  let position = 0
  for (const span of elements(source, choices)) {
    if (span.kind === 'object') read.push(readChoice(source, members(source, span), position, isWhole))
    position += 1
  }
  return read
}

function readChoice(source: JsonSource, fields: Fields, position: number, isWhole: boolean): Choice {
  const index = indexOf(source, fields, position)
  const choice: Choice = { index, slots: [], isOver: false, repeats: [] }
  const finish = fields.get('finish_reason')
  // Some servers send "" while the choice goes on.
  if (finish?.kind === 'string' && finish.end - finish.start > 2) {
    choice.finish = stringAt(source, finish)
    choice.isOver = true
  }
  const message = fields.get('message')
  const delta = fields.get('delta')
  const newest = isWhole ? (message ?? delta) : (delta ?? message)
  const repeated = newest === message ? delta : message
  // Next to each delta, Perplexity repeats all text so far.
  if (newest?.kind === 'object' && repeated?.kind === 'object')
    choice.repeats.push({ span: repeated, blank: 'null' })
  if (newest?.kind === 'object') readMessage(source, members(source, newest), choice)
  const logprobs = fields.get('logprobs')
  if (logprobs?.kind === 'object') {
    choice.repeats.push({ span: logprobs, blank: 'null' })
    const lists = members(source, logprobs)
    // These are two texts: the second does not continue the first.
    choice.slots.push(...tokenSlot(source, [lists.get('content')], `choice/${index}/logprobs`))
    choice.slots.push(...tokenSlot(source, [lists.get('refusal')], `choice/${index}/logprobs/refusal`))
  }
  return choice
}

function readMessage(source: JsonSource, fields: Fields, choice: Choice): void {
  const root = `choice/${choice.index}`
  readContent(source, fields.get('content'), choice, `${root}/text`)
  addSlot(choice, fields.get('refusal'), `${root}/refusal`, 'refusal')
  const reasoning = fields.get('reasoning')
  const older = fields.get('reasoning_content')
  addSlot(choice, reasoning, `${root}/reasoning`, 'reasoning')
  // Some servers send the same text in both. They have separate channels, so that each is read in order.
  addSlot(
    choice,
    older,
    reasoning?.kind === 'string' ? `${root}/reasoning_content` : `${root}/reasoning`,
    'reasoning',
  )
  const details = fields.get('reasoning_details')
  if (details?.kind === 'array') {
    if (reasoning?.kind === 'string' || older?.kind === 'string')
      choice.repeats.push({ span: details, blank: '[]' })
    else readDetails(source, details, choice, `${root}/reasoning`)
  }
  const audio = fields.get('audio')
  if (audio?.kind === 'object')
    addSlot(choice, members(source, audio).get('transcript'), `${root}/audio`, 'text')
  readCalls(source, fields, choice, root)
}

/**
 * OpenRouter: `{type: "reasoning.text", text}` or `{type: "reasoning.summary", summary}`, usually next to
 * `reasoning` with the same text.
 */
function readDetails(source: JsonSource, details: JsonSpan, choice: Choice, channel: string): void {
  for (const detail of elements(source, details)) {
    if (detail.kind !== 'object') continue
    const fields = members(source, detail)
    for (const name of ['text', 'summary']) addSlot(choice, fields.get(name), channel, 'reasoning')
  }
}

function readContent(source: JsonSource, span: JsonSpan | undefined, choice: Choice, channel: string): void {
  if (span?.kind !== 'array') return addSlot(choice, span, channel, 'text')
  for (const part of elements(source, span)) {
    if (part.kind === 'string') addSlot(choice, part, channel, 'text')
    if (part.kind !== 'object') continue
    const fields = members(source, part)
    addSlot(choice, fields.get('text'), channel, 'text')
    const thinking = fields.get('thinking')
    addSlot(choice, thinking, `choice/${choice.index}/reasoning`, 'reasoning')
    if (thinking?.kind !== 'array') continue
    for (const inner of elements(source, thinking)) {
      if (inner.kind === 'object')
        addSlot(choice, members(source, inner).get('text'), `choice/${choice.index}/reasoning`, 'reasoning')
    }
  }
}

function readCalls(source: JsonSource, fields: Fields, choice: Choice, root: string): void {
  const calls = fields.get('tool_calls')
  if (calls?.kind === 'array') {
    elements(source, calls).forEach((span, position) => {
      if (span.kind !== 'object') return
      const call = members(source, span)
      const channel = `${root}/tool/${indexOf(source, call, position)}`
      const invoked = call.get('function')
      const given = invoked?.kind === 'object' ? members(source, invoked).get('arguments') : undefined
      if (given?.kind === 'string') addSlot(choice, given, channel, 'tool-arguments', 'json-text')
      else if (invoked?.kind === 'object') beginCall(choice, channel, 'json-text')
      const custom = call.get('custom')
      if (custom?.kind === 'object')
        addSlot(choice, members(source, custom).get('input'), channel, 'tool-arguments')
    })
  }
  const invoked = fields.get('function_call')
  if (invoked?.kind === 'object')
    addSlot(
      choice,
      members(source, invoked).get('arguments'),
      `${root}/function`,
      'tool-arguments',
      'json-text',
    )
}

/** A call that has only a name so far: the arguments follow. */
function beginCall(choice: Choice, channel: string, escaping: Slot['escaping']): void {
  choice.slots.push({ channel, kind: 'tool-arguments', escaping, spans: [] })
}

/** Parts of one channel within one message are one slot: edits use offsets that run through all of them. */
function addSlot(
  choice: Choice,
  span: JsonSpan | undefined,
  channel: string,
  kind: Slot['kind'],
  escaping: Slot['escaping'] = 'none',
): void {
  if (span?.kind !== 'string') return
  const known = choice.slots.find((slot) => slot.channel === channel)
  if (known) known.spans.push(span)
  else choice.slots.push({ channel, kind, escaping, spans: [span] })
}

function indexOf(source: JsonSource, fields: Fields, position: number): number {
  const span = fields.get('index')
  return span?.kind === 'number' ? numberAt(source, span) : position
}
