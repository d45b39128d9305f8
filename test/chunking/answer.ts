// A provider's response without a network: a status, headers and chunks of bytes.

import type { Piece } from '../../src/contract/content.ts'
import type { UpstreamResponse } from '../../src/contract/upstream.ts'
import type { Provider } from '../../src/traffic/llm/provider.ts'

export function answer(
  chunks: readonly Uint8Array[],
  status = 200,
  headers: Record<string, string> = { 'content-type': 'text/event-stream' },
): UpstreamResponse {
  let given = 0
  return {
    status,
    headers: new Headers(headers),
    body: { next: async () => chunks[given++], cancel: async () => {} },
    bytes: async () => Buffer.concat(chunks),
  }
}

export const provider: Provider = {
  name: 'inside',
  dialects: ['openai-chat'],
  departures: { usageInStream: true, unbilledErrors: 'refusals' },
  send: async () => {
    throw new Error('nothing is sent here')
  },
}

/** A stream as it leaves the guards: comments are empty, and lines that no client reads are removed. */
export const asRead = (stream: string): string =>
  stream
    .replaceAll(/^(?:\ufeff|ï»¿)?:[^\r\n]*(?=\r?\n\r?\n)/gm, ':')
    .replaceAll(/^(?:id|retry)?:[^\r\n]+\r?\n/gm, '')

/** Pieces as data, without the function that names their fields. */
export function plain(pieces: readonly Piece[]): Piece[] {
  return pieces.map(({ channel, kind, text, form, escaping, isLast }) => ({
    channel,
    kind,
    text,
    form,
    escaping,
    ...(isLast && { isLast }),
  }))
}
