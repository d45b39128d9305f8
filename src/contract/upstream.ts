// What upstream/ offers to the rooms: one way to dial an address that a user configured.

import type { Pull } from '../kit/pull.ts'
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
  signal: AbortSignal
  /** For `caller` credentials only: the caller's headers. */
  callerHeaders?: Headers
  /**
   * On whose behalf: a credential may be one for each person or workload. Absent: nobody's in particular,
   * like a list of models.
   */
  subject?: Subject
  /** May it be sent again with a renewed credential after the first was refused? Absent: yes. */
  mayRepeat?(): boolean
  /** Called once, when a socket has taken the first byte of the request: it may have left. */
  onSent?(): void
  /** Called when the response held our credential, which has been taken out or ends the response. */
  onEcho?(): void
}

export interface UpstreamResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: ByteSource
  /**
   * Follows the texts of a stream for a credential that is spelled in several events. Absent: there is none
   * to look for.
   */
  readonly trail?: Trail | undefined
  /** Counts what waits of an event that has not ended. Absent: one that does not come from a network. */
  readonly memory?: EventMemory | undefined
  /** Present when the bytes are a translation: what it knows beside them. */
  readonly sideFacts?: SideFacts
  /**
   * Reads the whole body. Cheaper than `body` when the answer is not a stream.
   * @throws GatewayError `upstream-garbage` beyond `limitBytes`, and what `body.next` throws
   */
  bytes(limitBytes: number): Promise<Uint8Array>
}

/** What `Headers` can do, as far as responses need it. */
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
  /** What came last may be the beginning of our credential: it must not leave yet. */
  readonly isOpen: boolean
  /**
   * Takes the next text.
   * @throws GatewayError `upstream-garbage` when it completes the credential
   */
  follow(text: string): void
}

/**
 * Facts of a translated answer that the client's dialect may not be able to say. They come true as the body
 * is pulled: before the bytes that end the answer all of them are there. Where present they win over what the
 * bytes say.
 */
export interface SideFacts {
  /** The provider's own final numbers; another object replaces it. */
  usage?: Usage
  /** With the provider's own word as `raw`. */
  finish?: Finish
  /** The model as the provider names it. */
  upstreamModel?: string
  /** The provider's error answer, or its error inside of the stream. */
  fault?: UpstreamFault
  /** What the chunk that was pulled last says; absent: whoever wants to know has to read it. */
  chunk?: ChunkFacts
  /** Of the request when the answer begins; those of the response are added as they happen. */
  readonly losses: Loss[]
}

export interface ChunkFacts {
  /** Characters of output. */
  outputLength: number
  /** It ends the answer: nothing comes behind it. */
  isTerminal: boolean
}

/**
 * Pulled bytes, decompressed. Its `next` throws GatewayError `upstream-cut` (closed early),
 * `upstream-timeout` (first byte, idle, total), `upstream-garbage` (bad compression).
 */
export type ByteSource = Pull<Uint8Array>

/**
 * Applies the provider's base URL, extra headers and credential, checks the address, dials, and minds the
 * time-outs.
 * @throws GatewayError `upstream-unreachable`, `upstream-timeout`, `upstream-credential`
 */
export type Dial = (request: UpstreamRequest) => Promise<UpstreamResponse>

export const defaultCallerHeader = 'x-gatehouse-upstream-key'

/** Where callers send their own key at the provider, if the credential is of kind `caller`. */
export const callerHeaderOf = ({ settings }: Pick<CredentialRule, 'settings'>): string =>
  (settings['from'] ?? defaultCallerHeader).toLowerCase()
