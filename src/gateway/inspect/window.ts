// The stream window: the stage between an attempt and the client where a response waits until guards have
// judged it.
//
// The rule: an event leaves only when all of its text is judged. Judged means that no later text can make a
// match that touches it begin, grow or vanish (each detector reports the position, `settled`). So nothing
// unsafe is released, and prose is delayed by about one word.
//
// Invariants
//  1. Events leave in their order of arrival, including those without text (pings, roles, usage).
//  2. The text that leaves does not depend on the fragmentation of the response. Any split gives the same
//     findings and the same characters as a reading of the whole, for matches within a detector's bounds (its
//     longest match, and `context` characters before it).
//  3. A match that spans events is replaced in the first and removed from the rest. Events keep their number
//     and everything else in them.
//  4. A refusal throws before any character of the match has left. All text that left earlier was judged.
//  5. A whole piece (a complete response, or a dialect that repeats its deltas at the end) is read
//     separately, with the same result.
//  6. Each character is read a bounded number of times: reading starts where the last one was settled.
//  7. If the dialect allows later text, no text leaves that later text could complete into a match.
//     After an end (a finish, the end of a block, part, item, call or choice), more text of the same kind is
//     read joined with the text before it (seams.ts). A match across the end is judged like any other. Its
//     part that has not left is replaced, or stops the response.
//
// Limits: held events are limited (`heldBytes`); beyond that the response fails closed. A placeholder that
// the model altered is not recognized. An event whose output cannot be read (no `pieces`) fails closed. Text
// after more invisible characters than a detector's context may be judged only by its visible neighbors.

import type { Edit, Piece } from '../../contract/content.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { ResponsePiece } from '../../contract/response.ts'
import type { Pull } from '../../kit/pull.ts'
import { Seams } from './seams.ts'
import { type Watcher, WindowChannel } from './window-channel.ts'

export interface WindowOptions {
  /** At least one. */
  watchers: readonly Watcher[]
  /** The most bytes of events that may wait. */
  heldBytes: number
  /** Called when an event was changed. */
  onEdited: () => void
}

interface HeldEvent {
  piece: ResponsePiece
  size: number
  /** The part of each channel that this event contains. */
  parts: HeldPart[]
  /** Edits of its whole pieces. */
  edits: Edit[]
}

interface HeldPart {
  channel: WindowChannel
  start: number
  end: number
  /**
   * For a reading across a seam: the text's own channel, and the start of the text in the event's part of it.
   */
  of?: { channel: string; at: number }
}

const mostChannels = 1024

/** Events of a call are many times larger than their text, and the first waits for the last. */
const callFactor = 16

/**
 * Read it like a response: `next` until undefined, or `cancel`. Rejects with GatewayError `guard-blocked`,
 * `policy-denied`, `guard-failed`.
 */
export class ResponseWindow implements Pull<ResponsePiece> {
  readonly #response: Pull<ResponsePiece>
  readonly #options: WindowOptions
  readonly #channels = new Map<string, WindowChannel>()
  readonly #seams: Seams
  #held: HeldEvent[] = []
  #waitingBytes = 0
  #isOver = false
  #failure: { thrown: unknown } | undefined

  constructor(response: Pull<ResponsePiece>, options: WindowOptions) {
    this.#response = response
    this.#options = options
    this.#seams = new Seams(options.watchers)
  }

  async next(): Promise<ResponsePiece | undefined> {
    try {
      for (;;) {
        const first = this.#held[0]
        if (first && isJudged(first)) return this.#release(first)
        if (this.#failure) throw this.#failure.thrown
        if (this.#isOver) return undefined
        const piece = await this.#pull()
        if (!piece) {
          this.#isOver = true
          await this.#completeAll()
        } else if (this.#held.length === 0 && hasNothingToJudge(piece)) {
          return piece
        } else {
          await this.#take(piece)
        }
      }
    } catch (thrown) {
      this.#isOver = true
      this.#held = []
      this.#channels.clear()
      await this.#response.cancel()
      throw thrown
    }
  }

  cancel(): Promise<void> {
    return this.#response.cancel()
  }

  /** If the upstream fails, the earlier text is judged as if it ended there. Then the failure follows. */
  async #pull(): Promise<ResponsePiece | undefined> {
    try {
      return await this.#response.next()
    } catch (thrown) {
      this.#failure = { thrown }
      return undefined
    }
  }

  async #take(piece: ResponsePiece): Promise<void> {
    const event: HeldEvent = { piece, size: piece.bytes.length, parts: [], edits: [] }
    this.#held.push(event)
    this.#waitingBytes += event.size
    if (!piece.pieces && piece.hasOutput) throw unreadable()
    for (const part of piece.pieces ?? []) {
      const reading = part.form === 'whole' ? this.#readWhole(event, part) : this.#readDelta(event, part)
      if (reading) await reading
    }
    if (piece.isTerminal) await this.#completeAll()
    this.#checkBound()
  }

  #checkBound(): void {
    const { heldBytes } = this.#options
    const first = this.#held[0]
    if (this.#waitingBytes <= heldBytes || !first || isJudged(first)) return
    if (isHeldCall(first) && this.#waitingBytes <= heldBytes * callFactor) return
    throw tooMuch(heldBytes)
  }

  #readDelta(event: HeldEvent, part: Piece): void | Promise<void> {
    const channel = this.#channelOf(part)
    const start = channel.length
    channel.append(part.text)
    const last = event.parts.find((known) => known.channel === channel)
    if (last) last.end = channel.length
    else event.parts.push({ channel, start, end: channel.length })
    if (part.isLast) this.#channels.delete(part.channel)
    const joining = this.#readJoined(event, part, last ? start - last.start : 0)
    const reading = channel.read(part.isLast === true)
    return joining ? joining.then(() => reading) : reading
  }

  #channelOf({ channel: name, kind, escaping }: Piece): WindowChannel {
    let channel = this.#channels.get(name)
    if (channel) return channel
    if (this.#channels.size >= mostChannels) throw tooMuch(this.#options.heldBytes)
    channel = new WindowChannel(name, kind, escaping, this.#options.watchers)
    this.#channels.set(name, channel)
    return channel
  }

  #readJoined(event: HeldEvent, part: Piece, at: number): Promise<unknown> | undefined {
    const joined = this.#seams.append(part)
    if (joined.part) event.parts.push({ ...joined.part, of: { channel: part.channel, at } })
    return joined.reading
  }

  #readWhole(event: HeldEvent, part: Piece): void | Promise<void> {
    const channel = new WindowChannel(part.channel, part.kind, part.escaping, this.#options.watchers)
    channel.append(part.text)
    const joining = this.#readJoined(event, part, 0)
    const reading = joining ? joining.then(() => channel.read(true)) : channel.read(true)
    const finish = () => {
      const edits = channel.take(0, part.text.length)
      const [first] = edits
      if (first && part.fieldAt) throw identifierFound(part.fieldAt(first.start))
      event.edits.push(...edits)
      // nothing follows the whole piece on this channel, so its held deltas need not wait
      const deltas = part.isLast ? this.#channels.get(part.channel) : undefined
      if (!deltas) return
      this.#channels.delete(part.channel)
      return deltas.read(true)
    }
    return reading ? reading.then(finish) : finish()
  }

  async #completeAll(): Promise<void> {
    for (const channel of this.#channels.values()) {
      const reading = channel.read(true)
      if (reading) await reading
    }
    this.#channels.clear()
    await this.#seams.complete()
  }

  #release(event: HeldEvent): ResponsePiece {
    this.#held.shift()
    this.#waitingBytes -= event.size
    const { edits, piece } = event
    for (const { channel, start, end, of } of event.parts) {
      const taken = channel.take(start, end)
      if (of && taken.length > 0)
        addApart(
          edits,
          taken.map((edit) => toOwnChannel(edit, of)),
        )
      else edits.push(...taken)
    }
    if (edits.length === 0) return piece
    if (!piece.edit) throw unreadable()
    this.#options.onEdited()
    return piece.edit(edits)
  }
}

const hasNothingToJudge = ({ isTerminal, hasOutput, pieces }: ResponsePiece): boolean =>
  !isTerminal && !hasOutput && !pieces?.length

/** Maps an edit from the text across a seam to the text's own channel. */
const toOwnChannel = (edit: Edit, { channel, at }: { channel: string; at: number }): Edit => ({
  ...edit,
  channel,
  start: edit.start + at,
  end: edit.end + at,
})

/** If the channel's own reading also changes the text, its edit stays. */
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

const isHeldCall = ({ parts }: HeldEvent): boolean => parts.some(({ channel }) => channel.isHeld)

function isJudged(event: HeldEvent): boolean {
  for (const { channel, end } of event.parts) if (channel.isHeld || channel.judged < end) return false
  return true
}

const unreadable = () =>
  new GatewayError(
    'guard-failed',
    'The response has a part that guards cannot read or change, so it was stopped.',
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
    `Guards could not judge the response within ${Math.round(heldBytes / 1024)} KiB of waiting text, so it is not passed on.`,
  )
