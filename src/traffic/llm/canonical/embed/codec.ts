// What a dialect folder brings so that its dialect of embeddings can be translated. The same life as that of
// text generation (../codec.ts), with one answer in place of events:
//   client's bytes → front.decodeRequest → EmbedRequest → back.encodeRequest → provider
//   provider's bytes → back.decodeReply → EmbedReply → the front's encoder → client's bytes

import type { EmbedTable } from '../../fields/table.ts'
import type { LossNotes } from '../../losses/index.ts'
import type { Codec, EncodeContext, EncodedRequest, IncomingCall } from '../codec.ts'
import type { EmbedDialect } from '../../dialect.ts'
import type { ProviderError } from '../response.ts'
import type { EmbedResponse } from './response.ts'
import type { EmbedRequest } from './request.ts'

export interface EmbedCodec extends Pick<Codec, 'decodeError' | 'encodeError'> {
  readonly family: 'embed'
  readonly dialect: EmbedDialect
  readonly table: EmbedTable

  /**
   * The client's request.
   * @throws GatewayError `bad-request` with the path as `param` for wrong types and for inputs that are
   * empty; `unsupported` from notes
   */
  decodeRequest(call: IncomingCall, notes: LossNotes): DecodedEmbedRequest

  /**
   * The request as this dialect's provider takes it. First step: `dropUncarriedOfEmbedding`.
   * @throws GatewayError `unsupported` from notes, and for more inputs than the vendor takes in one call
   */
  encodeRequest(request: EmbedRequest, context: EncodeContext): EncodedRequest

  /**
   * A successful answer (2xx), or the error that stands in its place.
   * @param inputs how many vectors there must be
   * @throws GatewayError `upstream-garbage`
   */
  decodeResponse(bytes: Uint8Array, inputs: number): EmbedResponse | { error: ProviderError }

  /** The JSON of the response to a request. */
  encodeResponse(response: EmbedResponse, seed: EmbedSeed): string
}

export interface DecodedEmbedRequest {
  request: EmbedRequest
  responseSeed: EmbedSeed
}

/** What of a request its response depends on. Plain data: a long request is read in another thread. */
export interface EmbedSeed {
  model: string
  format?: 'float' | 'base64'
  /** Several inputs were asked for as such. */
  isBatch?: boolean
}
