// The content that guards read in a response. Every text has one channel: its deltas come first, then its own
// `.done`, that of its part, that of its item, and the response at the end repeat it. Unknown items and
// events are read completely, so that no text passes unread.

import type { PieceKind } from '../../../../../contract/content.ts'
import { elements, members, numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../../kit/json-spans.ts'
import type { SlotGroup } from '../../../../wire/facts.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'
import { tokenSlot } from '../../../wire/tokens.ts'

interface Text {
  kind: PieceKind
  escaping: Slot['escaping']
  /** The part of the channel name after the item. */
  name: string
  /** The member that numbers texts of this kind within the item. */
  place?: 'content_index' | 'summary_index'
  /** The member of `.done` with the complete text. */
  whole: string
}

/** By the event's type between `response.` and `.delta` or `.done`. */
const texts: Readonly<Record<string, Text>> = {
  output_text: { kind: 'text', escaping: 'none', name: 'content', place: 'content_index', whole: 'text' },
  refusal: { kind: 'refusal', escaping: 'none', name: 'refusal', place: 'content_index', whole: 'refusal' },
  reasoning_summary_text: {
    kind: 'reasoning',
    escaping: 'none',
    name: 'summary',
    place: 'summary_index',
    whole: 'text',
  },
  reasoning_text: {
    kind: 'reasoning',
    escaping: 'none',
    name: 'reasoning',
    place: 'content_index',
    whole: 'text',
  },
  function_call_arguments: {
    kind: 'tool-arguments',
    escaping: 'json-text',
    name: 'arguments',
    whole: 'arguments',
  },
  mcp_call_arguments: {
    kind: 'tool-arguments',
    escaping: 'json-text',
    name: 'arguments',
    whole: 'arguments',
  },
  custom_tool_call_input: { kind: 'tool-arguments', escaping: 'none', name: 'input', whole: 'input' },
  code_interpreter_call_code: { kind: 'tool-arguments', escaping: 'none', name: 'code', whole: 'code' },
}

/** @throws JsonFault for a repeated key */
export function readEventContent(source: JsonSource, fields: Fields, type: string): SlotGroup[] {
  const [, stem = '', step = ''] = eventType.exec(type) ?? []
  const root = `output/${countOf(source, fields, 'output_index')}`
  if (stem === 'output_item') {
    const item = fields.get('item')
    return [
      ...itemGroups(source, item, root, 'whole', step === 'done'),
      ...(step === 'added' ? begunCall(source, item, root) : []),
    ]
  }
  if (stem === 'content_part' || stem === 'reasoning_summary_part')
    return partGroups(source, fields, stem, root, step === 'done')
  if (stem === 'output_text.annotation') return []
  if (step !== 'delta' && step !== 'done') return []
  const text = Object.hasOwn(texts, stem) ? texts[stem] : undefined
  const { kind, escaping, name, place, whole } = text ?? {
    kind: 'text',
    escaping: 'none',
    name: stem,
    whole: 'text',
  }
  const channel = `${root}/${name}${place ? `/${countOf(source, fields, place)}` : ''}`
  const span = fields.get(step === 'delta' ? 'delta' : whole)
  if (span?.kind !== 'string') return []
  const slot: Slot = { channel, kind, escaping, spans: [span] }
  if (step === 'done') slot.form = 'whole'
  const tokens = tokenSlot(source, [fields.get('logprobs')], `${channel}/logprobs`, slot.form)
  return [groupOf([slot, ...tokens], step === 'done', repeatsOf(fields))]
}

const eventType = /^response\.([\w.]+)\.(\w+)$/

/** All texts of a response's output. @param form absent means that no deltas came before */
export function readOutput(source: JsonSource, response: Fields, form?: 'whole'): SlotGroup[] {
  const output = response.get('output')
  if (output?.kind !== 'array') return []
  return elements(source, output).flatMap((item, index) =>
    itemGroups(source, item, `output/${index}`, form, true),
  )
}

function partGroups(
  source: JsonSource,
  fields: Fields,
  stem: string,
  root: string,
  isOver: boolean,
): SlotGroup[] {
  const part = fields.get('part')
  if (part?.kind !== 'object') return []
  const isSummary = stem === 'reasoning_summary_part'
  const index = countOf(source, fields, isSummary ? 'summary_index' : 'content_index')
  return readPart(source, part, root, index, 'whole', isOver, isSummary)
}

function itemGroups(
  source: JsonSource,
  item: JsonSpan | undefined,
  root: string,
  form: 'whole' | undefined,
  isOver: boolean,
): SlotGroup[] {
  if (item?.kind !== 'object') return []
  const fields = members(source, item)
  const type = textOf(source, fields, 'type')
  if (type === 'message') return partsOf(source, fields, 'content', root, form, isOver)
  if (type === 'reasoning')
    return [
      ...partsOf(source, fields, 'summary', root, form, isOver),
      ...partsOf(source, fields, 'content', root, form, isOver),
    ]
  const slots: Slot[] = []
  for (const [name, span] of fields) {
    const escaping =
      name === 'arguments' && (type === 'function_call' || type === 'mcp_call') ? 'json-text' : 'none'
    if (!structural.has(name)) readAny(source, span, `${root}/${name}`, escaping, form, slots)
  }
  return slots.length === 0 ? [] : [groupOf(slots, isOver, [])]
}

/** A call whose arguments follow. */
function begunCall(source: JsonSource, item: JsonSpan | undefined, root: string): SlotGroup[] {
  if (item?.kind !== 'object') return []
  const fields = members(source, item)
  const type = textOf(source, fields, 'type')
  const text =
    texts[
      type === 'custom_tool_call'
        ? 'custom_tool_call_input'
        : type === 'mcp_call'
          ? 'mcp_call_arguments'
          : 'function_call_arguments'
    ]
  if (
    !text ||
    !(type === 'function_call' || type === 'custom_tool_call' || type === 'mcp_call') ||
    textOf(source, fields, text.name)
  )
    return []
  return [
    groupOf(
      [{ channel: `${root}/${text.name}`, kind: text.kind, escaping: text.escaping, spans: [] }],
      false,
      [],
    ),
  ]
}

/** Members of items that describe the item and hold no free text of a model. */
const structural = new Set([
  'id',
  'type',
  'status',
  'call_id',
  'name',
  'role',
  'server_label',
  'container_id',
  'encrypted_content',
  'namespace',
  'result',
])

function readAny(
  source: JsonSource,
  span: JsonSpan,
  channel: string,
  escaping: Slot['escaping'],
  form: 'whole' | undefined,
  slots: Slot[],
): void {
  if (span.kind === 'string') {
    if (span.end - span.start > 2)
      slots.push({ channel, kind: 'tool-arguments', escaping, spans: [span], ...(form ? { form } : {}) })
  } else if (span.kind === 'array')
    elements(source, span).forEach((each, index) =>
      readAny(source, each, `${channel}/${index}`, 'none', form, slots),
    )
  else if (span.kind === 'object') {
    for (const [name, each] of members(source, span))
      if (!structural.has(name)) readAny(source, each, `${channel}/${name}`, 'none', form, slots)
  }
}

function partsOf(
  source: JsonSource,
  item: Fields,
  name: string,
  root: string,
  form: 'whole' | undefined,
  isOver: boolean,
): SlotGroup[] {
  const list = item.get(name)
  if (list?.kind !== 'array') return []
  return elements(source, list).flatMap((part, index) =>
    part.kind === 'object' ? readPart(source, part, root, index, form, isOver, name === 'summary') : [],
  )
}

function readPart(
  source: JsonSource,
  part: JsonSpan,
  root: string,
  index: number,
  form: 'whole' | undefined,
  isOver: boolean,
  isSummary: boolean,
): SlotGroup[] {
  const fields = members(source, part)
  const type = textOf(source, fields, 'type')
  const stem = isSummary
    ? 'reasoning_summary_text'
    : type === 'refusal' || type === 'reasoning_text'
      ? type
      : 'output_text'
  const text = texts[stem]
  const span = text && fields.get(text.whole)
  if (!text || span?.kind !== 'string' || span.end - span.start === 2) return []
  const { kind, escaping, name } = text
  const slot: Slot = {
    channel: `${root}/${name}/${index}`,
    kind,
    escaping,
    spans: [span],
    ...(form ? { form } : {}),
  }
  return [
    groupOf(
      [slot, ...tokenSlot(source, [fields.get('logprobs')], `${slot.channel}/logprobs`, form)],
      isOver,
      repeatsOf(fields),
    ),
  ]
}

/** Log-probabilities repeat the text, one token at a time. */
function repeatsOf(fields: Fields): SlotGroup['repeats'] {
  const logprobs = fields.get('logprobs')
  return logprobs?.kind === 'array' ? [{ span: logprobs, blank: '[]' }] : []
}

/** Each channel ends separately, so its group number is derived from its name. */
function groupOf(slots: Slot[], isOver: boolean, repeats: SlotGroup['repeats']): SlotGroup {
  return { index: numberOf(slots[0]?.channel ?? ''), slots, isOver, repeats }
}

/**
 * Polynomial over UTF-16 units within 2^48: two channels of one response are unlikely to collide, and a
 * collision only delays one of them.
 */
function numberOf(channel: string): number {
  let sum = 0
  for (let at = 0; at < channel.length; at++) sum = (sum * 31 + channel.charCodeAt(at)) % 281_474_976_710_597
  return sum
}

function countOf(source: JsonSource, fields: Fields, name: string): number {
  const span = fields.get(name)
  return span?.kind === 'number' ? numberAt(source, span) : 0
}

function textOf(source: JsonSource, fields: Fields, name: string): string | undefined {
  const span = fields.get(name)
  return span?.kind === 'string' ? stringAt(source, span) : undefined
}
