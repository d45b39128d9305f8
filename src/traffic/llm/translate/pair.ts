// Two dialects of one family, ready to translate. The plan that the request leaves for its response is plain
// data, so that either side may run in another thread (threads.ts).

import type { Loss } from '../../../contract/response.ts'
import type { UpstreamResponse } from '../../../contract/upstream.ts'
import type { EmbedSeed } from '../canonical/embed/index.ts'
import type {
  AnyCodec,
  EncodeContext,
  EncodedRequest,
  IncomingCall,
  ResponseSeed,
} from '../canonical/index.ts'
import type { Dialect } from '../dialect.ts'
import type { LossNotes } from '../losses/index.ts'

export type NotesFor = (back: AnyCodec) => LossNotes

export interface Pair {
  /** The client's. */
  readonly front: AnyCodec
  /** The provider's, of the same family. */
  readonly backs: readonly AnyCodec[]
  /**
   * Decodes the client's request and encodes it for the provider. @throws GatewayError the errors of the
   * codecs
   */
  prepare(
    call: IncomingCall,
    notesFor: NotesFor,
    context: Pick<EncodeContext, 'departures' | 'target'>,
  ): Prepared
  /**
   * Writes a successful response (2xx) in the client's dialect. @throws GatewayError the errors of the codecs
   */
  translateResponse(
    plan: ResponsePlan,
    back: AnyCodec,
    notes: LossNotes,
    response: UpstreamResponse,
  ): Promise<UpstreamResponse>
}

export interface Prepared {
  /** The dialect of the request to the provider. */
  back: Dialect
  losses: readonly Loss[]
  /** Bytes when another thread wrote it. */
  encoded: Omit<EncodedRequest, 'body'> & { body: Uint8Array | string }
  plan: ResponsePlan
}

/** The parts of the request that its response depends on. */
export type ResponsePlan = GeneratePlan | EmbedPlan

export interface GeneratePlan {
  family: 'generate'
  seed: ResponseSeed
  /** The call ids of the conversation. */
  callIds: Set<string>
  /** Tools of free text that the provider knows as functions. */
  freeText: ReadonlySet<string>
  /** The client's names of tools by the provider's. */
  originals: ReadonlyMap<string, string>
}

export interface EmbedPlan {
  family: 'embed'
  seed: EmbedSeed
  inputs: number
  typicalTokens: number
}
