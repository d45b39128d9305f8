// Errors both ways: an error answer of Anthropic's, an error inside of a stream, and another vendor's error in Anthropic's words.

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import type { ProviderError } from '../../../canonical/index.ts'
import type { Departures } from '../../../provider.ts'
import { faultOfAnswer, readError, readErrorBody } from '../../../wire/faults.ts'
import { faultOfError, wordedFault } from '../errors.ts'

const unsaid = 'The provider answered with an error and without a word about it.'

export function decodeError(answer: { status: number; headers: Headers; bytes: Uint8Array }, departures: Departures): ProviderError {
  const { status, headers, bytes } = answer
  const body = readErrorBody(bytes) ?? { text: '' }
  return { fault: faultOfAnswer(status, headers, body, departures), message: body.text || unsaid }
}

/** The error in the place of an answer, or in an event; undefined when there is none. */
export function errorIn(document: JsonDocument): ProviderError | undefined {
  const body = readError(document, document.members)
  return body && { fault: faultOfError(body), message: body.text || unsaid }
}

export function encodeError({ fault, message }: ProviderError): { status: number; body: string } {
  const { status, type } = wordedFault(fault)
  return { status, body: JSON.stringify({ type: 'error', error: { type, message: worded(fault.kind, message) } }) }
}

/** Agents compact their conversation when they read these words. */
function worded(kind: ProviderError['fault']['kind'], message: string): string {
  return kind === 'context-window' && !/prompt is too long/i.test(message) ? `prompt is too long: ${message}` : message
}
