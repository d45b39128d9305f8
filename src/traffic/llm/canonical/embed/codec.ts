// The codec of a dialect of embeddings. A call is translated like one of text generation (../codec.ts), with
// one response instead of events:
//   client's bytes → front.decodeRequest → EmbedRequest → back.encodeRequest → provider
//   provider's bytes → back.decodeResponse → EmbedResponse → front.encodeResponse → client's bytes

import type { Usage } from '../../../../contract/usage.ts'
import type { EmbedTable } from '../../fields/table.ts'
import type { LossNotes } from '../../losses/index.ts'
import type { Codec, EncodeContext, EncodedRequest, IncomingCall } from '../codec.ts'
import type { EmbedDialect } from '../../dialect.ts'
import type { ProviderError } from '../response.ts'
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
   * Writes the request for a provider of this dialect. First step: `dropUncarriedOfEmbedding`.
   * @throws GatewayError `unsupported` from notes, and for more inputs than the vendor takes in one call
   */
  encodeRequest(request: EmbedRequest, context: EncodeContext): EncodedRequest

  /**
   * Reads a successful response (2xx), or the error under its status.
   * @param inputs how many vectors the response must have
   * @throws GatewayError `upstream-garbage`
   */
  decodeResponse(bytes: Uint8Array, inputs: number): EmbedResponse | { error: ProviderError }

  /** Writes the JSON of the response. */
  encodeResponse(response: EmbedResponse, seed: EmbedSeed): string
}

export interface DecodedEmbedRequest {
  request: EmbedRequest
  responseSeed: EmbedSeed
}

/**
 * The parts of a request that its response depends on. Plain data, because a long request is read in another
 * thread.
 */
export interface EmbedSeed {
  model: string
  format?: 'float' | 'base64'
  /** Did the request have a list of inputs? */
  isBatch?: boolean
}

/** The vectors of a response in the canonical form. They are never streamed. */
export interface EmbedResponse {
  /** The model as the provider names it. */
  model?: string
  /** One for each input, in their order. Finite numbers exactly as the provider sent them. */
  vectors: readonly (readonly number[])[]
  /** Absent means not reported. */
  usage?: Usage
}
