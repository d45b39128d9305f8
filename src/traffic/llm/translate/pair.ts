// Two dialects of one family, ready to translate: what translate.ts needs of them, whichever family it is.

import type { UpstreamResponse } from '../../../contract/upstream.ts'
import type { AnyCodec, EncodeContext, EncodedRequest, IncomingCall } from '../canonical/index.ts'
import type { LossNotes } from '../losses/index.ts'

export interface Pair {
  /** The client's. */
  front: AnyCodec
  /** Decodes the client's request and encodes it for the provider. @throws GatewayError what the codecs throw */
  begin(call: IncomingCall, notesFor: (back: AnyCodec) => LossNotes, context: Pick<EncodeContext, 'departures' | 'target'>): Begun
}

export interface Begun {
  /** In which of the provider's dialects it is spoken to. */
  back: AnyCodec
  notes: LossNotes
  encoded: EncodedRequest
  /** A successful answer (2xx) in the client's dialect. @throws GatewayError what the codecs throw */
  answer(response: UpstreamResponse): Promise<UpstreamResponse>
}
