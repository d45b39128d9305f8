// The content that guards read in a response: for each content block its text, thinking or tool arguments, in
// whole messages as well as deltas.

import type { PieceKind } from '../../../../../contract/content.ts'
import { elements, members, numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../../../kit/json-spans.ts'
import type { SlotGroup } from '../../../../wire/facts.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { Slot } from '../../../../wire/slot.ts'

/** Blocks of a whole message. @throws JsonFault for a repeated key */
export function readMessage(source: JsonSource, fields: Fields): SlotGroup[] {
  const content = fields.get('content')
  if (content?.kind !== 'array') return []
  return elements(source, content).flatMap((span, index) =>
    span.kind === 'object' ? [readBlock(source, span, index, false)] : [],
  )
}

/** The block of one event of a stream. Undefined for events without a block. */
export function readBlockEvent(source: JsonSource, fields: Fields, type: string): SlotGroup | undefined {
  const index = indexOf(source, fields)
  if (type === 'content_block_stop') return { index, slots: [], isOver: true, repeats: [] }
  if (type === 'content_block_start') {
    const block = fields.get('content_block')
    return block?.kind === 'object' ? readBlock(source, block, index, true) : undefined
  }
  const delta = fields.get('delta')
  return type === 'content_block_delta' && delta?.kind === 'object'
    ? readDelta(source, delta, index)
    : undefined
}

function readDelta(source: JsonSource, span: JsonSpan, index: number): SlotGroup {
  const group: SlotGroup = { index, slots: [], isOver: false, repeats: [] }
  const fields = members(source, span)
  add(group, fields.get('text'), 'text', 'text')
  add(group, fields.get('thinking'), 'thinking', 'reasoning')
  add(group, fields.get('partial_json'), 'input', 'tool-arguments')
  return group
}

function readBlock(source: JsonSource, span: JsonSpan, index: number, isStream: boolean): SlotGroup {
  const group: SlotGroup = { index, slots: [], isOver: !isStream, repeats: [] }
  const fields = members(source, span)
  const type = fields.get('type')
  const kind = type?.kind === 'string' ? stringAt(source, type) : ''
  if (kind === 'text') add(group, fields.get('text'), 'text', 'text')
  else if (kind === 'thinking') add(group, fields.get('thinking'), 'thinking', 'reasoning')
  else if (kind === 'tool_use' || kind === 'server_tool_use' || kind === 'mcp_tool_use')
    add(group, fields.get('input'), 'input', 'tool-arguments')
  return group
}

/** In a stream, blocks begin empty: an absent text has no channel yet. An object comes in one piece. */
function add(group: SlotGroup, span: JsonSpan | undefined, name: string, kind: PieceKind): void {
  if (span?.kind !== 'string' && span?.kind !== 'object') return
  const isEmpty = !group.isOver && span.end - span.start <= 2
  if (isEmpty && kind !== 'tool-arguments') return
  // An empty input begins a call, whose arguments follow.
  const isObject = span.kind === 'object' && !isEmpty
  const slot: Slot = {
    channel: `content/${group.index}/${name}`,
    kind,
    escaping: kind === 'tool-arguments' ? 'json-text' : 'none',
    ...(isObject && { form: 'whole' }),
    spans: isEmpty ? [] : [span],
  }
  group.slots.push(slot)
}

function indexOf(source: JsonSource, fields: Fields): number {
  const span = fields.get('index')
  return span?.kind === 'number' ? numberAt(source, span) : 0
}
