// Fits a request to a dialect's vendors: the first step of every encoder. Fields that are not carried are
// named as losses or refused (losses/). Then the conversation gets the order, and the values get the forms,
// that the vendor takes.

import type { EncodeContext } from '../canonical/codec.ts'
import type { GenerateRequest } from '../canonical/request.ts'
import { omitUndefined } from '../../../kit/json.ts'
import { dropUncarried } from '../losses/index.ts'
import type { GenerateDialect } from '../dialect.ts'
import { fitMedia } from './media.ts'
import { fitOpening } from './opening.ts'
import { fitOutput } from './output.ts'
import { fitEnd, leaveOutSilence } from './texts.ts'
import { fitTools } from './tools.ts'
import { orderTurns } from './turns.ts'
import { fitValues } from './values.ts'

export { substituteId } from './ids.ts'

/** @throws GatewayError `unsupported` */
export function fitRequest(
  request: GenerateRequest,
  dialect: GenerateDialect,
  { notes, target }: EncodeContext,
): GenerateRequest {
  dropUncarried(request, dialect, notes)
  const speaking = leaveOutSilence(request, notes)
  const ordered = fitOpening({ ...speaking, turns: orderTurns(speaking.turns, notes) }, notes)
  const conversation = fitMedia(fitEnd(ordered, request.turns.at(-1)?.role === 'assistant', notes), notes)
  const { maxOutputTokens: most, outputCap: paid } = target
  return fitValues(fitOutput(fitTools(conversation, notes), notes), notes, omitUndefined({ most, paid }))
}
