// Applies edits of pieces to the JSON that the pieces were read from. All other bytes stay the same.

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

/** About 0.5 ms of work. */
const slotsPerStep = 8192

/** Rewrites a request's body with the edited spans replaced. */
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
 * Rewrites a response's JSON. Spans that repeat the edited text in another form are blanked.
 * @param unread slots that were read in addition to the facts' own
 */
export function editResponse(
  { document, groups }: ResponseFacts,
  edits: readonly Edit[],
  unread: readonly Slot[],
): Uint8Array {
  // Two groups with one index have the same channels, so an edit would be ambiguous.
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
  // an edit inside of a repeat (tokens) is blanked with the repeat
  const outside = splices.filter(
    ({ start, end }) => !blanked.some((blank) => start >= blank.start && end <= blank.end),
  )
  return splice(document.bytes, [...outside, ...blanked])
}

/** Returns the splices of a slot's edits, and removes these edits from the groups. */
function* take(groups: Map<string, Edit[]>, document: JsonDocument, slot: Slot): Steps<Splice[]> {
  const own = groups.get(slot.channel)
  groups.delete(slot.channel)
  return own ? yield* spliceSlot(document, slot, own) : []
}

function refuseRest(groups: ReadonlyMap<string, Edit[]>): void {
  const [unknown] = groups.keys()
  if (unknown !== undefined) throw unknownChannel(unknown)
}

/** An edit without a matching channel would let through text that a guard removed. */
function unknownChannel(channel: string): GatewayError {
  return new GatewayError('internal', `An edit names the channel "${channel}", which does not exist.`)
}
