// Translation, below the operation: a provider that speaks one dialect, dressed as one that speaks another. Guards, money, window and record see
// the client's dialect only; what that dialect cannot say travels beside the bytes (`Told`).
//
// Streams are pulled: one read of ours is at most as many reads upstream as it takes for one event that the client's dialect shows. Cancelling
// reaches the provider. Nothing is kept but what the codecs keep of one answer.

import { GatewayError } from '../../contract/errors.ts'
import type { UpstreamResponse } from '../../contract/upstream.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Random } from '../../kit/id.ts'
import { told } from './canonical/index.ts'
import type { AnyCodec } from './canonical/index.ts'
import { LossNotes } from './losses/index.ts'
import type { DialectTable } from './losses/index.ts'
import type { Dialect } from './dialect.ts'
import type { Provider, ProviderCall, ProviderFor, ProviderOf } from './provider.ts'
import { embedding } from './translate/embed.ts'
import { generating } from './translate/generate.ts'
import type { World } from './translate/generate.ts'
import type { Pair } from './translate/pair.ts'
import { reforming } from './translate/reform.ts'
import type { Reform } from './translate/reform.ts'
import { errorResponse } from './translate/response.ts'

export interface TranslatorOptions {
  providerOf: ProviderOf
  codecs: readonly AnyCodec[]
  clock: Pick<Clock, 'now'>
  random: Random
}

/** What operations need where a response has the other form than was asked for. */
export const reformer = ({ codecs, clock, random }: Pick<TranslatorOptions, 'codecs' | 'clock' | 'random'>): Reform =>
  reforming(codecs, { clock, newId: (prefix) => prefix + letters(random) })

/** Who serves a target in a dialect: the provider itself if it speaks it, else a translating one over its dialects of the same family. */
export function translator({ providerOf, codecs, clock, random }: TranslatorOptions): ProviderFor {
  const byDialect = new Map<Dialect, AnyCodec>(codecs.map((codec) => [codec.dialect, codec]))
  const made = new WeakMap<Provider, Map<Dialect, Provider>>()
  const world = { clock, newId: (prefix: string) => prefix + letters(random) }

  return (target, dialect) => {
    const provider = providerOf(target)
    if (provider.dialects.includes(dialect)) return provider
    let known = made.get(provider)
    if (!known) made.set(provider, (known = new Map()))
    let translating = known.get(dialect)
    if (!translating) {
      const pair = pairOf(provider, dialect)
      if (!pair) throw new GatewayError('unsupported', refusalOf(provider, dialect))
      known.set(dialect, (translating = translatingProvider(provider, pair, () => clock.now())))
    }
    return translating
  }

  function pairOf({ dialects }: Provider, dialect: Dialect): Pair | undefined {
    const front = byDialect.get(dialect)
    return (
      front &&
      paired(
        front,
        dialects.flatMap((dialect) => byDialect.get(dialect) ?? []),
        world,
      )
    )
  }

  function refusalOf({ name, dialects }: Provider, dialect: Dialect): string {
    const spoken = dialects.join(', ')
    if (byDialect.get(dialect)?.family !== 'embed') return `The provider "${name}" speaks ${spoken}, not ${dialect}.`
    return `The provider "${name}" has no embeddings (it speaks ${spoken}); ask for a model that embeds.`
  }
}

/** Undefined when none is of the family. */
function paired(front: AnyCodec, backs: readonly AnyCodec[], world: World): Pair | undefined {
  if (front.family === 'embed') {
    const back = backs.find((codec) => codec.family === 'embed')
    return back && embedding(front, back)
  }
  const [usual, ...others] = backs.filter((codec) => codec.family === 'generate')
  return usual && generating(front, [usual, ...others], world)
}

function translatingProvider(provider: Provider, { front, begin }: Pair, now: () => number): Provider {
  const { name, departures, discover } = provider
  const tables = new Map<AnyCodec, DialectTable>()

  /** The dialect's table with what this provider takes otherwise. */
  function tableOf(codec: AnyCodec): DialectTable {
    let table = tables.get(codec)
    if (!table) {
      const { carries, limits } = codec.table
      table = { ...codec.table, carries: { ...carries, ...departures.carries }, limits: { ...limits, ...departures.limits } }
      tables.set(codec, table)
    }
    return table
  }

  async function send(call: ProviderCall): Promise<UpstreamResponse> {
    const { path, body, headers = [], isStreaming, attempt } = call
    const { target } = attempt
    const notesFor = (codec: AnyCodec) => new LossNotes({ front: front.table, back: tableOf(codec), backDialect: codec.dialect, target: target.id })
    const { maxOutputTokens } = target
    const { outputCap } = attempt
    const { back, notes, encoded, answer } = begin({ path, body, headers, isStreaming }, notesFor, {
      departures,
      target: { model: target.model, ...told({ maxOutputTokens, outputCap }) },
    })
    const response = await provider.send({ dialect: back.dialect, ...encoded, isStreaming, attempt })
    return response.status < 200 || response.status > 299 ? errorAnswer(response, back, notes) : answer(response)
  }

  async function errorAnswer(response: UpstreamResponse, back: AnyCodec, notes: LossNotes): Promise<UpstreamResponse> {
    const bytes = await response.bytes(errorBytes)
    const { status, headers } = response
    // A redirect is no answer to a POST.
    const error = back.decodeError({ status: status < 400 ? 502 : status, headers, bytes, now: now() }, departures)
    return errorResponse(front, error, headers, { losses: notes.losses, fault: error.fault })
  }

  return {
    name,
    dialects: [front.dialect],
    isTranslating: true,
    // usage is told beside the stream, whether the client sees it or not
    departures: { usageInStream: false, unbilledErrors: departures.unbilledErrors },
    send,
    ...(discover && { discover }),
  }
}

const errorBytes = 256 * 1024

/** 24 letters and digits, as vendors' ids have. */
function letters(random: Random): string {
  let made = ''
  while (made.length < 24) made += alphabet[Math.floor(random() * alphabet.length)]
  return made
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
