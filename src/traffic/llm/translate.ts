// Translation, below the operation: a provider that speaks one dialect, dressed as one that speaks another. Guards, money, window and record see
// the client's dialect only; what that dialect cannot say travels beside the bytes (`Told`).
//
// Streams are pulled: one read of ours is at most as many reads upstream as it takes for one event that the client's dialect shows. Cancelling
// reaches the provider. Nothing is kept but what the codecs keep of one answer.

import { GatewayError } from '../../contract/errors.ts'
import type { Told, UpstreamResponse } from '../../contract/upstream.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Random } from '../../kit/id.ts'
import type { Codec, DecodedRequest } from './canonical/index.ts'
import { LossNotes } from './losses/index.ts'
import type { Protocol, Provider, ProviderCall, ProviderFor, ProviderOf } from './provider.ts'
import { asFunctions, backToText } from './translate/free-text.ts'
import { collect, errorResponse, oneChunk, responseOf } from './translate/response.ts'
import { translated } from './translate/source.ts'
import { withoutForeignTools } from './translate/vendor-tools.ts'

export interface TranslatorOptions {
  providerOf: ProviderOf
  codecs: readonly Codec[]
  clock: Pick<Clock, 'now'>
  random: Random
}

/** Who serves a target in a dialect: the provider itself if it speaks it, else a translating one over the first of its dialects that has a codec. */
export function translator({ providerOf, codecs, ...world }: TranslatorOptions): ProviderFor {
  const byDialect = new Map(codecs.map((codec) => [codec.dialect, codec]))
  const made = new WeakMap<Provider, Map<Protocol, Provider>>()

  return (target, dialect) => {
    const provider = providerOf(target)
    if (provider.protocols.includes(dialect)) return provider
    let known = made.get(provider)
    if (!known) made.set(provider, (known = new Map()))
    let translating = known.get(dialect)
    if (!translating) {
      const front = byDialect.get(dialect)
      const back = provider.protocols.map((protocol) => byDialect.get(protocol)).find((codec) => codec !== undefined)
      if (!front || !back)
        throw new GatewayError('unsupported', `The provider "${provider.name}" speaks ${provider.protocols.join(', ')}, not ${dialect}.`)
      known.set(dialect, (translating = translatingProvider(provider, front, back, world)))
    }
    return translating
  }
}

type World = Pick<TranslatorOptions, 'clock' | 'random'>

function translatingProvider(provider: Provider, front: Codec, back: Codec, world: World): Provider {
  const { name, departures, discover } = provider
  const table = departures.carries === undefined ? back.table : { ...back.table, carries: { ...back.table.carries, ...departures.carries } }
  const newId = (prefix: string) => prefix + letters(world.random)

  async function send(call: ProviderCall): Promise<UpstreamResponse> {
    const { path, body, headers = [], isStreaming, attempt } = call
    const { target } = attempt
    const notes = new LossNotes({ front: front.table, back: table, backDialect: back.dialect, target: target.id })
    const decoded = front.decodeRequest({ path, body, headers, isStreaming }, notes)
    const { maxOutputTokens } = target
    const possible = withoutForeignTools(decoded.request, back.dialect, notes)
    const { request, names } = back.takesFreeText?.(departures) ? { request: possible, names: noNames } : asFunctions(possible, notes)
    const encoded = back.encodeRequest(request, {
      notes,
      departures,
      target: { model: target.model, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) },
    })
    const response = await provider.send({ protocol: back.dialect, ...encoded, isStreaming, attempt })
    if (response.status < 200 || response.status > 299) return errorAnswer(response, notes)
    return answer(response, (context) => backToText(decoded.encoder(context), names), isStreaming, notes)
  }

  async function answer(
    response: UpstreamResponse,
    encoder: DecodedRequest['encoder'],
    isStreaming: boolean,
    notes: LossNotes,
  ): Promise<UpstreamResponse> {
    const told: Told = { losses: notes.losses }
    const writing = encoder({ notes, createdAt: Math.floor(world.clock.now() / 1000), newId })
    const source = translated(back.decodeReply(response, { newId }), writing, told)
    if (isStreaming) return responseOf(200, response.headers, 'text/event-stream', source, told)
    const whole = await collect(source)
    if (source.error) return errorResponse(front, source.error, response.headers, told)
    return responseOf(200, response.headers, 'application/json', oneChunk(whole), told)
  }

  async function errorAnswer(response: UpstreamResponse, notes: LossNotes): Promise<UpstreamResponse> {
    const bytes = await response.bytes(errorBytes)
    const { status, headers } = response
    // A redirect is no answer to a POST.
    const error = back.decodeError({ status: status < 400 ? 502 : status, headers, bytes }, departures)
    return errorResponse(front, error, headers, { losses: notes.losses, fault: error.fault })
  }

  return {
    name,
    protocols: [front.dialect],
    isTranslating: true,
    // usage is told beside the stream, whether the client sees it or not
    departures: { usageInStream: false, unbilledErrors: departures.unbilledErrors },
    send,
    ...(discover && { discover }),
  }
}

const errorBytes = 256 * 1024
const noNames: ReadonlySet<string> = new Set()

/** 24 letters and digits, as vendors' ids have. */
function letters(random: Random): string {
  let made = ''
  while (made.length < 24) made += alphabet[Math.floor(random() * alphabet.length)]
  return made
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
