// Translation, below the operation: a provider that speaks one dialect takes calls in another. Guards, money,
// window and record see the client's dialect only. Facts that this dialect cannot express travel next to the
// bytes (`SideFacts`).
//
// Streams are pulled: one read by the gate reads upstream until there is an event that the client's dialect
// shows. Canceling reaches the provider. Nothing outlives a response.

import { GatewayError } from '../../contract/errors.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Random } from '../../kit/id.ts'
import type { AnyCodec } from './canonical/index.ts'
import type { Dialect } from './dialect.ts'
import type { Provider, ProviderFor, ProviderOf } from './provider.ts'
import { newLetters } from './translate/call-ids.ts'
import { pairOf } from './translate/pair-of.ts'
import { TranslatingProvider } from './translate/provider.ts'
import { reforming } from './translate/reform.ts'
import type { Reform } from './translate/reform.ts'
import type { TranslationThreads } from './translate/threads.ts'

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
      known.set(dialect, (translating = new TranslatingProvider({ provider, pair, clock, threads })))
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
