// A provider that takes calls in a dialect that it does not speak: each request is translated, sent, and its
// response translated back. Long bodies are translated in threads.

import type { Attempt } from '../../../contract/attempt.ts'
import type { UpstreamResponse } from '../../../contract/upstream.ts'
import type { Clock } from '../../../kit/clock.ts'
import { omitUndefined } from '../canonical/index.ts'
import type { AnyCodec } from '../canonical/index.ts'
import type { Dialect } from '../dialect.ts'
import type { DialectTable } from '../fields/table.ts'
import { LossNotes } from '../losses/index.ts'
import type { Departures, Provider, ProviderCall } from '../provider.ts'
import { isJsonType, oneChunk, typeOf, wholeOf } from '../../wire/response-form.ts'
import { errorBytes, wholeBytes } from '../../wire/response-limits.ts'
import { packed, tableWith, unpacked } from './jobs.ts'
import type { Route } from './jobs.ts'
import type { NotesFor, Pair, Prepared, ResponsePlan } from './pair.ts'
import { errorResponse } from './response.ts'
import { longBody } from './threads.ts'
import type { TranslationThreads } from './threads.ts'

export interface TranslatingOptions {
  provider: Provider
  pair: Pair
  clock: Pick<Clock, 'now'>
  /** For long bodies. Absent means that they are translated like all others. */
  threads?: TranslationThreads | undefined
}

/** The state between the request and the response of one call. */
interface Translation {
  back: AnyCodec
  notes: LossNotes
  plan: ResponsePlan
  route: Route
  signal: Attempt['signal']
}

export class TranslatingProvider implements Provider {
  readonly name: string
  readonly dialects: readonly Dialect[]
  readonly isTranslating = true
  readonly departures: Departures
  readonly discover?: NonNullable<Provider['discover']>
  readonly #provider: Provider
  readonly #pair: Pair
  readonly #clock: Pick<Clock, 'now'>
  readonly #threads: TranslationThreads | undefined
  readonly #tables: ReadonlyMap<AnyCodec, DialectTable>

  constructor({ provider, pair, clock, threads }: TranslatingOptions) {
    const { name, departures, discover } = provider
    this.name = name
    this.dialects = [pair.front.dialect]
    // Usage travels next to the stream, whether the client sees it or not.
    this.departures = { usageInStream: false, unbilledErrors: departures.unbilledErrors }
    if (discover) this.discover = discover
    this.#provider = provider
    this.#pair = pair
    this.#clock = clock
    this.#threads = threads
    this.#tables = new Map(pair.backs.map((codec) => [codec, tableWith(codec, departures)]))
  }

  async send(call: ProviderCall): Promise<UpstreamResponse> {
    const { isStreaming, attempt } = call
    const { front, backs } = this.#pair
    const { departures, dialects } = this.#provider
    const route = { front: front.dialect, backs: dialects, departures, target: attempt.target.id }
    const notesFor = this.#notesFor(attempt.target)
    const { back: dialect, encoded, plan, losses } = await this.#prepare(call, route, notesFor)
    const response = await this.#provider.send({ dialect, ...encoded, isStreaming, attempt })
    const back = backs.find((codec) => codec.dialect === dialect) ?? front
    const notes = notesFor(back)
    notes.losses.push(...losses)
    if (response.status < 200 || response.status > 299) return this.#translateError(response, back, notes)
    const translation = { back, notes, plan, route, signal: attempt.signal }
    if (this.#threads && !isStreaming && isJsonType(typeOf(response)))
      return this.#translateWhole(response, translation, this.#threads)
    return this.#pair.translateResponse(plan, back, notes, response)
  }

  #notesFor({ id }: Attempt['target']): NotesFor {
    const { table: front } = this.#pair.front
    return (codec) =>
      new LossNotes({
        front,
        back: this.#tables.get(codec) ?? codec.table,
        backDialect: codec.dialect,
        target: id,
      })
  }

  async #prepare(call: ProviderCall, route: Route, notesFor: NotesFor): Promise<Prepared> {
    const { path, body, headers = [], isStreaming, attempt } = call
    const { model, maxOutputTokens } = attempt.target
    const { signal, outputCap } = attempt
    const target = { model, ...omitUndefined({ maxOutputTokens, outputCap }) }
    if (!this.#threads || body.length <= longBody) {
      const { departures } = this.#provider
      return this.#pair.prepare({ path, body, headers, isStreaming }, notesFor, { departures, target })
    }
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const prepared = await this.#threads.prepare(
      { kind: 'request', route, call: { path, body: bytes, headers, isStreaming }, target },
      signal,
    )
    return { ...prepared, plan: unpacked(prepared.plan) }
  }

  async #translateWhole(
    response: UpstreamResponse,
    { back, notes, plan, route, signal }: Translation,
    threads: TranslationThreads,
  ): Promise<UpstreamResponse> {
    const { status, headers, trail } = response
    const bytes = await response.bytes(wholeBytes)
    if (bytes.length <= longBody)
      return this.#pair.translateResponse(plan, back, notes, { ...wholeOf(response, bytes), trail })
    const translated = await threads.translateResponse(
      {
        kind: 'response',
        route,
        back: back.dialect,
        plan: packed(plan),
        losses: notes.losses,
        status,
        headers: [...headers],
        bytes,
        followsTexts: trail !== undefined,
      },
      signal,
    )
    for (const text of translated.texts) trail?.follow(text)
    return {
      status: translated.status,
      headers: new Headers(translated.headers),
      body: oneChunk(translated.bytes),
      bytes: async () => translated.bytes,
      sideFacts: translated.sideFacts,
    }
  }

  async #translateError(
    response: UpstreamResponse,
    back: AnyCodec,
    notes: LossNotes,
  ): Promise<UpstreamResponse> {
    const bytes = await response.bytes(errorBytes)
    // A redirect is not a response to a POST.
    const status = response.status < 400 ? 502 : response.status
    const { headers } = response
    const error = back.decodeError(
      { status, headers, bytes, now: this.#clock.now() },
      this.#provider.departures,
    )
    return errorResponse(this.#pair.front, error, headers, { losses: notes.losses, fault: error.fault })
  }
}
