// What upstream/ offers to the rooms: one way to dial an address that a user configured.

import type { ProviderRule } from './snapshot.ts'
import type { Timeouts } from './traffic.ts'

export interface UpstreamRequest {
  provider: ProviderRule
  method: 'GET' | 'POST' | 'DELETE'
  /** Path below the provider's base URL, with its query: `/chat/completions`. */
  path: string
  headers: readonly (readonly [string, string])[]
  /** Bytes go out as they are; strings as UTF-8. */
  body?: Uint8Array | string
  timeouts: Timeouts
  signal: AbortSignal
  /** For `caller` credentials only: the caller's headers. */
  callerHeaders?: Headers
  /** Called once, when the first request byte may have left. */
  onSent?(): void
}

export interface UpstreamResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: ByteSource
  /**
   * Reads the whole body. Cheaper than `body` when the answer is not a stream.
   * @throws GatewayError `upstream-garbage` beyond `limitBytes`, and what `body.next` throws
   */
  bytes(limitBytes: number): Promise<Uint8Array>
}

/** Pulled bytes, decompressed. Whoever holds it pulls to the end or cancels. */
export interface ByteSource {
  /**
   * @throws GatewayError `upstream-cut` (closed early), `upstream-timeout` (first byte, idle, total), `upstream-garbage` (bad compression)
   */
  next(): Promise<Uint8Array | undefined>
  /** Idempotent, never rejects. */
  cancel(): Promise<void>
}

/**
 * Applies the provider's base URL, extra headers and credential, checks the address, dials, and minds the time-outs.
 * @throws GatewayError `upstream-unreachable`, `upstream-timeout`, `upstream-credential`
 */
export type Dial = (request: UpstreamRequest) => Promise<UpstreamResponse>
