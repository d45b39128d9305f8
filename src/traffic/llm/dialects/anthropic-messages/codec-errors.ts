// Errors both ways: an error answer of Anthropic's, an error inside of a stream, and another vendor's error
// in Anthropic's words.

import type { JsonDocument } from '../../../../kit/json-spans.ts'
import type { Codec, ProviderError } from '../../canonical/index.ts'
import { clientMessage, readErrorBody } from '../../wire/error-body.ts'
import { faultOfAnswer, faultOfEvent, readError } from '../../wire/faults.ts'
import { wordedFault } from './errors.ts'

const unsaid = 'The provider answered with an error and without a word about it.'

export const decodeError: Codec['decodeError'] = ({ status, headers, bytes, now }, departures) => {
  const body = readErrorBody(bytes)
  return {
    fault: faultOfAnswer(status, headers, body, departures, now),
    message: clientMessage(body, unsaid),
  }
}

/** The error in the place of an answer, or in an event; undefined when there is none. */
export function errorIn(document: JsonDocument): ProviderError | undefined {
  const body = readError(document, document.members)
  return body && { fault: faultOfEvent(body), message: body.text || unsaid }
}

export function encodeError({ fault, message }: ProviderError): { status: number; body: string } {
  const { status, type } = wordedFault(fault)
  return {
    status,
    body: JSON.stringify({ type: 'error', error: { type, message: worded(fault.kind, message) } }),
  }
}

/** Agents compact their conversation when they read these words. */
function worded(kind: ProviderError['fault']['kind'], message: string): string {
  return kind === 'context-window' && !/prompt is too long/i.test(message)
    ? `prompt is too long: ${message}`
    : message
}
