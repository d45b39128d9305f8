// The stream window: the stage between an attempt and the client in which a reply waits until guards have
// judged it.
//
// The rule: an event leaves when all text that it carries is judged, and not before. Judged means: no match
// that touches it can begin, grow or vanish by whatever comes later (each detector says how far, `settled`).
// So nothing unsafe is released, and prose flows a word behind.
//
// Invariants
//  1. Events leave in the order in which they came, those without text (pings, roles, usage) too.
//  2. The text that leaves does not depend on how the reply was cut: for any split, the same findings and the same characters as a reading of
//     the whole, for matches within a detector's bounds (its longest match, and `context` characters before it).
//  3. A match that spans events is replaced in the first and removed from the rest; events keep their number and everything else in them.
//  4. A refusal throws before any character of the match has left. What had left by then was judged.
//  5. A whole piece (a complete answer, or a dialect that repeats its deltas at the end) is read by itself, with the same result.
//  6. Each character is read a bounded number of times: reading starts where the last one was settled.
//  7. No text leaves that later text could complete into a match, where the dialect lets text come later. Behind an end (a finish, the end of a block,
//     part, item, call or choice) more of the same kind is read joined with what came before it (seams.ts): a match over the end is judged like
//     any other, and what of it has not left is replaced or stops the response.
//
// Limits: what waits is bounded (`heldBytes`); beyond it the reply fails closed. A placeholder that the model
// altered is not recognized. An event whose output cannot be read (no `pieces`) fails closed. Text that was
// hidden behind more invisible characters than a detector's context may be judged by its visible neighbors
// only.

import type { Edit, Piece } from '../../contract/content.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { ResponsePiece } from '../../contract/response.ts'
import type { Pull } from '../../kit/pull.ts'
import { Seams } from './seams.ts'
import { type Watcher, type WindowChannel, windowChannel } from './window-channel.ts'

export interface WindowOptions {
  /** At least one. */
  watchers: readonly Watcher[]
  /** Bytes of events that may wait at once. */
  heldBytes: number
  /** Called when an event was changed. */
  onEdited: () => void
}

interface Held {
  piece: ResponsePiece
  size: number
  /** The part of each channel that this event carries. */
  parts: HeldPart[]
  /** Edits of its whole pieces. */
  edits: Edit[]
}

interface HeldPart {
  channel: WindowChannel
  start: number
  end: number
  /** Read across a seam: the text's own channel, and where it begins in what the event has of that. */
  of?: { channel: string; at: number }
}

const mostChannels = 1024

/** Events of a call weigh many times what they say, and its first waits for its last. */
const callFactor = 16

/**
 * Pull it like a reply: `next` until undefined, or `cancel`. Rejects with GatewayError `guard-blocked`,
 * `policy-denied`, `guard-failed`.
 */
export function guardResponse(
  reply: Pull<ResponsePiece>,
  { watchers, heldBytes, onEdited }: WindowOptions,
): Pull<ResponsePiece> {
  const channels = new Map<string, WindowChannel>()
  const seams = new Seams(watchers)
  let held: Held[] = []
  let waitingBytes = 0
  let isOver = false
  let failure: { thrown: unknown } | undefined

  async function next(): Promise<ResponsePiece | undefined> {
    try {
      for (;;) {
        const first = held[0]
        if (first && isJudged(first)) return release(first)
        if (failure) throw failure.thrown
        if (isOver) return undefined
        const piece = await pull()
        if (!piece) {
          isOver = true
          await completeAll()
        } else if (held.length === 0 && !piece.isTerminal && !piece.hasOutput && !piece.pieces?.length) {
          return piece
        } else {
          await take(piece)
        }
      }
    } catch (thrown) {
      isOver = true
      held = []
      channels.clear()
      await reply.cancel()
      throw thrown
    }
  }

  /**
   * When the upstream fails, what came before is judged as it stands and delivered; then the failure follows.
   */
  async function pull(): Promise<ResponsePiece | undefined> {
    try {
      return await reply.next()
    } catch (thrown) {
      failure = { thrown }
      return undefined
    }
  }

  async function take(piece: ResponsePiece): Promise<void> {
    const size = piece.bytes.length
    const entry: Held = { piece, size, parts: [], edits: [] }
    held.push(entry)
    waitingBytes += size
    if (!piece.pieces && piece.hasOutput) throw unreadable()
    for (const part of piece.pieces ?? []) {
      const reading = part.form === 'whole' ? readWhole(entry, part) : readDelta(entry, part)
      if (reading) await reading
    }
    if (piece.isTerminal) await completeAll()
    const first = held[0]
    if (
      waitingBytes > heldBytes &&
      first &&
      !isJudged(first) &&
      !(isHeldCall(first) && waitingBytes <= heldBytes * callFactor)
    )
      throw tooMuch(heldBytes)
  }

  function readDelta(entry: Held, part: Piece): void | Promise<void> {
    let channel = channels.get(part.channel)
    if (!channel) {
      if (channels.size >= mostChannels) throw tooMuch(heldBytes)
      channel = windowChannel(part.channel, part.kind, part.escaping, watchers)
      channels.set(part.channel, channel)
    }
    const start = channel.length
    channel.append(part.text)
    const last = entry.parts.find((known) => known.channel === channel)
    if (last) last.end = channel.length
    else entry.parts.push({ channel, start, end: channel.length })
    if (part.isLast) channels.delete(part.channel)
    const joining = readJoined(entry, part, last ? start - last.start : 0)
    const reading = channel.read(part.isLast === true)
    return joining ? joining.then(() => reading) : reading
  }

  function readJoined(entry: Held, part: Piece, at: number): Promise<unknown> | undefined {
    const joined = seams.append(part)
    if (joined.part) entry.parts.push({ ...joined.part, of: { channel: part.channel, at } })
    return joined.reading
  }

  function readWhole(entry: Held, part: Piece): void | Promise<void> {
    const channel = windowChannel(part.channel, part.kind, part.escaping, watchers)
    channel.append(part.text)
    const joining = readJoined(entry, part, 0)
    const reading = joining ? joining.then(() => channel.read(true)) : channel.read(true)
    const finish = () => {
      const edits = channel.take(0, part.text.length)
      const [first] = edits
      if (first && part.fieldAt) throw identifierFound(part.fieldAt(first.start))
      entry.edits.push(...edits)
      // nothing follows the whole on this channel, so what waits of its deltas need not
      const deltas = part.isLast ? channels.get(part.channel) : undefined
      if (!deltas) return
      channels.delete(part.channel)
      return deltas.read(true)
    }
    return reading ? reading.then(finish) : finish()
  }

  async function completeAll(): Promise<void> {
    for (const channel of channels.values()) {
      const reading = channel.read(true)
      if (reading) await reading
    }
    channels.clear()
    await seams.complete()
  }

  function release(entry: Held): ResponsePiece {
    held.shift()
    waitingBytes -= entry.size
    const edits = entry.edits
    for (const { channel, start, end, of } of entry.parts) {
      const taken = channel.take(start, end)
      if (of && taken.length > 0)
        addApart(
          edits,
          taken.map((edit) => ({
            ...edit,
            channel: of.channel,
            start: edit.start + of.at,
            end: edit.end + of.at,
          })),
        )
      else edits.push(...taken)
    }
    if (edits.length === 0) return entry.piece
    if (!entry.piece.edit) throw unreadable()
    onEdited()
    return entry.piece.edit(edits)
  }

  return { next, cancel: () => reply.cancel() }
}

/** What the channel's own reading changes too stays as that says. */
function addApart(edits: Edit[], joined: readonly Edit[]): void {
  for (const { channel, start, end, replacement } of joined) {
    let from = start
    let isPlaced = false
    const own = edits
      .filter((edit) => edit.channel === channel && edit.start < end && edit.end > start)
      .sort((a, b) => a.start - b.start)
    for (const edit of [...own, { start: end, end }]) {
      if (edit.start > from) {
        edits.push({ channel, start: from, end: edit.start, replacement: isPlaced ? '' : replacement })
        isPlaced = true
      }
      from = Math.max(from, edit.end)
    }
  }
}

const isHeldCall = ({ parts }: Held): boolean => parts.some(({ channel }) => channel.isHeld)

function isJudged(entry: Held): boolean {
  for (const { channel, end } of entry.parts) if (channel.isHeld || channel.judged < end) return false
  return true
}

const unreadable = () =>
  new GatewayError(
    'guard-failed',
    'The answer has a part that guards cannot read or change, so it is not passed on.',
  )

/** An identifier cannot be changed. */
const identifierFound = (param: string) =>
  new GatewayError(
    'guard-blocked',
    `A guard found something in "${param}" of the response, an identifier that cannot be changed; the response was stopped before it.`,
    {
      param,
    },
  )

const tooMuch = (heldBytes: number) =>
  new GatewayError(
    'guard-failed',
    `Guards could not judge the answer within ${Math.round(heldBytes / 1024)} KiB of waiting text, so it is not passed on.`,
  )
