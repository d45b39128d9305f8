// Edits of pieces, carried back to the JSON that they were read from; every other byte stays.

import type { Edit } from '../../contract/content.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { JsonDocument } from '../../kit/json-spans.ts'
import { splice } from '../../kit/splice.ts'
import type { Splice } from '../../kit/splice.ts'
import { runAtOnce } from '../../kit/steps.ts'
import type { Steps } from '../../kit/steps.ts'
import type { ResponseFacts } from './facts.ts'
import { byChannel, spliceSlot } from './slot.ts'
import type { Slot } from './slot.ts'

/** Some 0.5 ms of work. */
const slotsPerStep = 8192

/** A request's body again with spans of its slots replaced. */
export function* editRequest(
  document: JsonDocument,
  slots: readonly Slot[],
  edits: readonly Edit[],
): Steps<Uint8Array> {
  const groups = byChannel(edits)
  const splices: Splice[] = []
  for (const [index, slot] of slots.entries()) {
    if (index % slotsPerStep === slotsPerStep - 1) yield
    if (groups.has(slot.channel)) for (const each of yield* take(groups, document, slot)) splices.push(each)
  }
  refuseRest(groups)
  yield
  return splice(document.bytes, splices)
}

/**
 * A response's JSON again. What repeats the edited text in another form is blanked.
 * @param unread what was read besides the facts' own slots */
export function editResponse(
  { document, groups }: ResponseFacts,
  edits: readonly Edit[],
  unread: readonly Slot[],
): Uint8Array {
  // Two groups of one index have the same channels, and nobody can tell whose text an edit means.
  if (edits.length > 0 && new Set(groups.map(({ index }) => index)).size < groups.length)
    throw unknownChannel('choice')
  const own = byChannel(edits)
  const blanked: Splice[] = []
  const splices = groups.flatMap(({ slots, repeats }) => {
    const edited = slots.flatMap((slot) => runAtOnce(take(own, document, slot)))
    if (edited.length > 0)
      for (const { span, blank } of repeats)
        blanked.push({ start: span.start, end: span.end, replacement: blank })
    return edited
  })
  for (const slot of unread) splices.push(...runAtOnce(take(own, document, slot)))
  refuseRest(own)
  // what stands inside of a repeat (tokens) goes with it
  const outside = splices.filter(
    ({ start, end }) => !blanked.some((blank) => start >= blank.start && end <= blank.end),
  )
  return splice(document.bytes, [...outside, ...blanked])
}

/** The splices of a slot's edits, which are taken out of the groups. */
function* take(groups: Map<string, Edit[]>, document: JsonDocument, slot: Slot): Steps<Splice[]> {
  const own = groups.get(slot.channel)
  groups.delete(slot.channel)
  return own ? yield* spliceSlot(document, slot, own) : []
}

function refuseRest(groups: ReadonlyMap<string, Edit[]>): void {
  const [unknown] = groups.keys()
  if (unknown !== undefined) throw unknownChannel(unknown)
}

/** An edit that finds nothing to change would let through what a guard took out. */
function unknownChannel(channel: string): GatewayError {
  return new GatewayError('internal', `An edit names the channel "${channel}", which does not exist.`)
}
