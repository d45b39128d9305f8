// Translation, below the operation: a provider that speaks one dialect takes calls in another. Guards, money,
// window and record see the client's dialect only. Facts that this dialect cannot express travel next to the
// bytes (`SideFacts`).
//
// Streams are pulled: one read by the gate reads upstream until there is an event that the client's dialect
// shows. Canceling reaches the provider. Nothing outlives a response.

import { GatewayError } from '../../contract/errors.ts'
import type { UpstreamResponse } from '../../contract/upstream.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Random } from '../../kit/id.ts'
import { omitUndefined } from './canonical/index.ts'
import type { AnyCodec } from './canonical/index.ts'
import { LossNotes } from './losses/index.ts'
import type { Dialect } from './dialect.ts'
import type { Provider, ProviderCall, ProviderFor, ProviderOf } from './provider.ts'
import { packed, tableWith, unpacked } from './translate/jobs.ts'
import type { Route } from './translate/jobs.ts'
import { newLetters } from './translate/call-ids.ts'
import { pairOf } from './translate/pair-of.ts'
import type { NotesFor, Pair } from './translate/pair.ts'
import { reforming } from './translate/reform.ts'
import type { Reform } from './translate/reform.ts'
import { errorResponse } from './translate/response.ts'
import { longBody } from './translate/threads.ts'
import type { TranslationThreads } from './translate/threads.ts'
import { isJsonType, oneChunk, typeOf, wholeOf } from '../wire/response-form.ts'
import { errorBytes, wholeBytes } from '../wire/response-limits.ts'

export interface TranslatorOptions {
  providerOf: ProviderOf
  codecs: readonly AnyCodec[]
  clock: Pick<Clock, 'now'>
  random: Random
  /** For long bodies. Absent means that they are translated like all others. */
  threads?: TranslationThreads | undefined
}

/** Operations use it where a response has another form than the request asked for. */
export const reformer = ({
  codecs,
  clock,
  random,
}: Pick<TranslatorOptions, 'codecs' | 'clock' | 'random'>): Reform =>
  reforming(codecs, { clock, newId: newLetters(random) })

/**
 * Finds the provider of a target in a dialect: the provider itself if it speaks the dialect, else a
 * translating one over its dialects of the same family.
 */
export function translator({ providerOf, codecs, clock, random, threads }: TranslatorOptions): ProviderFor {
  const made = new WeakMap<Provider, Map<Dialect, Provider>>()
  const world = { clock, newId: newLetters(random) }

  return (target, dialect) => {
    const provider = providerOf(target)
    if (provider.dialects.includes(dialect)) return provider
    let known = made.get(provider)
    if (!known) made.set(provider, (known = new Map()))
    let translating = known.get(dialect)
    if (!translating) {
      const pair = pairOf(dialect, provider.dialects, codecs, world)
      if (!pair) throw new GatewayError('unsupported', refusalOf(provider, dialect))
      known.set(dialect, (translating = translatingProvider(provider, pair, { clock, threads })))
    }
    return translating
  }

  function refusalOf({ name, dialects }: Provider, dialect: Dialect): string {
    const spoken = dialects.join(', ')
    if (codecs.find((codec) => codec.dialect === dialect)?.family !== 'embed')
      return `The provider "${name}" speaks ${spoken}, not ${dialect}.`
    return `The provider "${name}" has no embeddings (it speaks ${spoken}); ask for a model that embeds.`
  }
}

function translatingProvider(
  provider: Provider,
  pair: Pair,
  { clock, threads }: Pick<TranslatorOptions, 'clock' | 'threads'>,
): Provider {
  const { name, departures, discover } = provider
  const { front } = pair
  const tables = new Map(pair.backs.map((codec) => [codec, tableWith(codec, departures)]))

  async function send(call: ProviderCall): Promise<UpstreamResponse> {
    const { path, body, headers = [], isStreaming, attempt } = call
    const { id, model, maxOutputTokens } = attempt.target
    const { signal, outputCap } = attempt
    const notesFor: NotesFor = (codec) =>
      new LossNotes({
        front: front.table,
        back: tables.get(codec) ?? codec.table,
        backDialect: codec.dialect,
        target: id,
      })
    const target = { model, ...omitUndefined({ maxOutputTokens, outputCap }) }
    const route = (): Route => ({ front: front.dialect, backs: provider.dialects, departures, target: id })
    const isLong = threads !== undefined && body.length > longBody
    const prepared = isLong
      ? await threads.prepare(
          {
            kind: 'request',
            route: route(),
            call: { path, body: bytesOf(body), headers, isStreaming },
            target,
          },
          signal,
        )
      : pair.prepare({ path, body, headers, isStreaming }, notesFor, { departures, target })
    const back = pair.backs.find(({ dialect }) => dialect === prepared.back) ?? front
    const response = await provider.send({
      dialect: prepared.back,
      ...prepared.encoded,
      isStreaming,
      attempt,
    })
    const plan = isLong ? unpacked(prepared.plan) : prepared.plan
    const notes = notesFor(back)
    notes.losses.push(...prepared.losses)
    if (response.status < 200 || response.status > 299) return translateError(response, back, notes)
    if (!threads || isStreaming || !isJsonType(typeOf(response)))
      return pair.translateResponse(plan, back, notes, response)
    const bytes = await response.bytes(wholeBytes)
    if (bytes.length <= longBody)
      return pair.translateResponse(plan, back, notes, { ...wholeOf(response, bytes), trail: response.trail })
    const { status, headers: received, trail } = response
    const translated = await threads.translateResponse(
      {
        kind: 'response',
        route: route(),
        back: back.dialect,
        plan: packed(plan),
        losses: notes.losses,
        status,
        headers: [...received],
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

  async function translateError(
    response: UpstreamResponse,
    back: AnyCodec,
    notes: LossNotes,
  ): Promise<UpstreamResponse> {
    const bytes = await response.bytes(errorBytes)
    const { status, headers } = response
    // A redirect does not answer a POST.
    const error = back.decodeError(
      { status: status < 400 ? 502 : status, headers, bytes, now: clock.now() },
      departures,
    )
    return errorResponse(front, error, headers, { losses: notes.losses, fault: error.fault })
  }

  return {
    name,
    dialects: [front.dialect],
    isTranslating: true,
    // Usage travels next to the stream, whether the client sees it or not.
    departures: { usageInStream: false, unbilledErrors: departures.unbilledErrors },
    send,
    ...(discover && { discover }),
  }
}

const bytesOf = (body: Uint8Array | string): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body
