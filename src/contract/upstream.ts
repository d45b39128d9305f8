// The interface of upstream/ for traffic modules: the one way to dial an address from the configuration.

import type { Pull } from '../kit/pull.ts'
import type { StopSignal } from '../kit/stop.ts'
import type { CredentialRule, DestinationRule, Timeouts } from './snapshot.ts'
import type { Loss, UpstreamFault } from './response.ts'
import type { Subject } from './subject.ts'
import type { Finish, Usage } from './usage.ts'

export interface UpstreamRequest {
  provider: DestinationRule
  method: 'GET' | 'POST' | 'DELETE'
  /** Path below the provider's base URL, with its query: `/chat/completions`. Empty: the URL itself. */
  path: string
  headers: readonly (readonly [string, string])[]
  /** Bytes go out as they are; strings as UTF-8. */
  body?: Uint8Array | string
  timeouts: Timeouts
  signal: StopSignal
  /** For `caller` credentials only: the caller's headers. */
  callerHeaders?: Headers | undefined
  /**
   * The caller, because a credential may be per person or workload. Absent: no particular caller, as for a
   * list of models.
   */
  subject?: Subject
  /** Whether it may be sent again with a renewed credential after the first one was refused. Absent: yes. */
  mayRepeat?(): boolean
  /** Called once, when a socket has taken the first byte of the request: it may have left. */
  onSent?(): void
  /**
   * Called when the response contained our credential. The credential was removed, or the response ended
   * there.
   */
  onEcho?(): void
}

export interface UpstreamResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: ByteSource
  /**
   * Searches the texts of a stream for a credential that is split over several events. Absent: there is none
   * to search for.
   */
  readonly trail?: Trail | undefined
  /** Counts the memory of an unfinished event. Absent: the response does not come from a network. */
  readonly memory?: EventMemory | undefined
  /** Facts that the bytes do not contain. Present if they are a translation. */
  readonly sideFacts?: SideFacts
  /**
   * Reads the whole body. Cheaper than `body` if the response is not a stream.
   * @throws GatewayError `upstream-garbage` beyond `limitBytes`, and what `body.next` throws
   */
  bytes(limitBytes: number): Promise<Uint8Array>
}

/** The part of `Headers` that responses need. */
export interface ResponseHeaders {
  get(name: string): string | null
  has(name: string): boolean
  delete(name: string): void
  forEach(run: (value: string, name: string) => void): void
  [Symbol.iterator](): Iterator<[string, string]>
}

/** Shared by all streams. */
export interface EventMemory {
  /** @throws GatewayError `overloaded` when all streams together hold too much */
  take(bytes: number): void
  giveBack(bytes: number): void
}

export interface Trail {
  /** The last text may be the beginning of our credential, so it must not be sent yet. */
  readonly isOpen: boolean
  /**
   * Takes the next text.
   * @throws GatewayError `upstream-garbage` when it completes the credential
   */
  follow(text: string): void
}

/**
 * Facts of a translated response that the client's dialect may not be able to express. They appear while the
 * body is read, and are complete before its last bytes. They take precedence over the bytes.
 */
export interface SideFacts {
  /** The provider's own final numbers; another object replaces it. */
  usage?: Usage
  /** With the provider's own value as `raw`. */
  finish?: Finish
  /** The model as the provider names it. */
  upstreamModel?: string
  /** The provider's error response, or its error inside the stream. */
  fault?: UpstreamFault
  /** Facts of the last chunk. Absent: they must be read from its bytes. */
  chunk?: ChunkFacts
  /** Starts with the losses of the request. Losses of the response are added as they happen. */
  readonly losses: Loss[]
}

export interface ChunkFacts {
  /** Characters of output. */
  outputLength: number
  /** It ends the response: nothing follows. */
  isTerminal: boolean
}

/**
 * Pulled bytes, decompressed. Its `next` throws GatewayError `upstream-cut` (closed early),
 * `upstream-timeout` (first byte, idle, total), `upstream-garbage` (bad compression).
 */
export type ByteSource = Pull<Uint8Array>

/**
 * Applies the provider's base URL, extra headers and credential, checks the address, dials, and enforces the
 * timeouts.
 * @throws GatewayError `upstream-unreachable`, `upstream-timeout`, `upstream-credential`
 */
export type Dial = (request: UpstreamRequest) => Promise<UpstreamResponse>

export const defaultCallerHeader = 'x-gatehouse-upstream-key'

/** The header in which callers send their own key for the provider, if the credential is of kind `caller`. */
export const callerHeaderOf = ({ settings }: Pick<CredentialRule, 'settings'>): string =>
  (settings['from'] ?? defaultCallerHeader).toLowerCase()
