// Changes the form of a response (whole or stream) to the form that the client requested, within one dialect:
// its codec reads the response and writes it anew. Some servers ignore `stream`, and some can only stream.

import type { SideFacts, UpstreamResponse } from '../../../contract/upstream.ts'
import type { AnyCodec, IncomingCall } from '../canonical/index.ts'
import { LossNotes } from '../losses/index.ts'
import type { Dialect } from '../dialect.ts'
import { translateResponse } from './generate.ts'
import type { World } from './generate.ts'

/** Undefined when the dialect has one form only. */
export type Reform = (
  dialect: Dialect,
  call: IncomingCall,
  response: UpstreamResponse,
) => Promise<UpstreamResponse> | undefined

export function reforming(codecs: readonly AnyCodec[], world: World): Reform {
  return (dialect, call, response) => {
    const codec = codecs.find((known) => known.dialect === dialect)
    if (codec?.family !== 'generate') return undefined
    const notes = new LossNotes({ front: codec.table, back: codec.table, backDialect: dialect, target: '' })
    const sideFacts: SideFacts = { losses: notes.losses }
    const { responseSeed } = codec.decodeRequest(call, notes)
    const encoder = codec.encoder(responseSeed, {
      notes,
      createdAt: Math.floor(world.clock.now() / 1000),
      newId: world.newId,
    })
    return translateResponse(
      codec,
      { reader: codec.decodeResponse(response, { newId: world.newId }), encoder, sideFacts },
      response,
      call.isStreaming,
    )
  }
}
