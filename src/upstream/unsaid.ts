// Error answers without what we authenticated with: some servers repeat the key that they refuse ("Incorrect API key provided: …"), and their
// words go on to the caller.

import type { UpstreamResponse } from '../contract/upstream.ts'

/** Shorter ones are no secrets, and would be found in ordinary words. */
const shortest = 8

/** @param values of the headers that carried the credential: `Bearer sk-…` */
export function unsaid(answer: UpstreamResponse, values: readonly string[]): UpstreamResponse {
  const secrets = values.map((value) => value.slice(value.lastIndexOf(' ') + 1)).filter((secret) => secret.length >= shortest)
  if (secrets.length === 0) return answer
  answer.headers.forEach((value, name) => {
    if (secrets.some((secret) => value.includes(secret))) answer.headers.delete(name)
  })
  return {
    status: answer.status,
    headers: answer.headers,
    body: answer.body,
    bytes: async (limitBytes) => secrets.reduce(without, await answer.bytes(limitBytes)),
  }
}

function without(bytes: Uint8Array, secret: string): Uint8Array {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!source.includes(secret)) return bytes
  return Buffer.from(source.toString('latin1').replaceAll(secret, '[credential]'), 'latin1')
}
