// What a provider is to a dialect: someone who takes a finished body in that dialect and answers. The
// providers themselves live in providers/.

import type { TargetRule } from '../../contract/snapshot.ts'
import type { Attempt } from '../../contract/attempt.ts'
import type { UpstreamResponse } from '../../contract/upstream.ts'
import type { ReasoningWish } from './canonical/request.ts'
import type { Dialect } from './dialect.ts'
import type { CanonicalField, Support } from './fields/canonical-fields.ts'
import type { Limits } from './losses/limits.ts'

export interface Provider {
  /** Name in the configuration, `inside`. */
  readonly name: string
  /**
   * Which dialects it answers, the best of each family first. A family of which it has none is one that it
   * does not offer.
   */
  readonly dialects: readonly Dialect[]
  /** May callers name things in the account at the vendor? */
  readonly sharesState?: boolean
  readonly departures: Departures
  /** Does it only seem to speak its dialects (translate.ts)? */
  readonly isTranslating?: boolean
  /**
   * Sends one finished request and answers as soon as status and headers are known. Adds base URL, headers
   * and credential, keeps the attempt's time-outs and signal, and calls `attempt.onSent` once, when the first
   * request byte may have left.
   * @throws GatewayError `upstream-unreachable`, `upstream-timeout`, `upstream-credential`
   */
  send(call: ProviderCall): Promise<UpstreamResponse>
  /**
   * Asks the provider for the models that it has, by their own names. Absent: it has no such list.
   * @throws GatewayError with an `upstream-*` code
   */
  discover?(signal: AbortSignal): Promise<readonly string[]>
}

export interface ProviderCall {
  dialect: Dialect
  /** Below the base URL, as the dialect names it: `/chat/completions`. */
  path: string
  /** JSON, complete: the target's model name is in it. Bytes go out as they are. */
  body: Uint8Array | string
  /** The dialect's own, beside content type and accept: `anthropic-version`, `anthropic-beta`. */
  headers?: readonly (readonly [string, string])[]
  /** Does the body ask for an event stream? Decides the `accept` header. */
  isStreaming: boolean
  /** The caller's try: target, signal, time-outs, caller's headers, `onSent`. */
  attempt: Attempt
}

/**
 * How a provider departs from the dialect that it otherwise speaks. Absence of a departure is the plain
 * dialect.
 */
export interface Departures {
  /**
   * Does it accept `stream_options: {include_usage: true}`? Without it a stream tells no usage and tokens are
   * estimated.
   */
  usageInStream: boolean
  /**
   * The one field that limits its output: `max_tokens` where it does not know the newer name. Absent:
   * `max_completion_tokens`.
   */
  outputLimitField?: 'max_tokens' | 'max_completion_tokens'
  unbilledErrors: UnbilledErrors
  /**
   * Does it take tools of free text (`type: custom`) in OpenAI's chat dialect? Absent: no; few do but OpenAI.
   */
  takesFreeText?: boolean
  /**
   * What it carries otherwise than its dialect does: a translation drops or refuses what is `missing` here,
   * and says what is `carried`.
   */
  carries?: Readonly<Partial<Record<CanonicalField, Support>>>
  /** What it takes as values otherwise than its dialect does; null: whatever there is. */
  limits?: Limits
  /**
   * How it says in OpenAI's chat dialect what OpenAI says otherwise; only what is translated is said so.
   * Absent: as OpenAI does.
   */
  words?: ChatWords
}

/** Each member is a departure from OpenAI's words; what it stands for is in the chat dialect's encoder. */
export interface ChatWords {
  seed?: 'random_seed'
  /** Where the end user is named. Absent: `safety_identifier`. */
  user?: 'user'
  /**
   * Efforts that it knows, in order; the nearest is asked for. None: it knows thinking or not thinking only.
   * Absent: all.
   */
  efforts?: readonly NonNullable<ReasoningWish['effort']>[]
  /** Where the wish for reasoning stands. Absent: in `reasoning_effort`. */
  reasoning?: 'reasoning' | 'thinking' | 'enable_thinking' | 'reasoning_format'
  /** Where reasoning of earlier answers stands. Absent: in `reasoning_content`, with `reasoning_details`. */
  givenReasoning?: 'reasoning' | 'reasoning_content' | 'reasoning with details' | 'content'
  /** JSON of any shape is asked for by a schema that says no more: the word for it is refused. */
  json?: 'json_schema'
  /** The user and the assistant take turns: neighboring turns of one are written as one. */
  alternates?: true
  /** A document is a part of its own kind, by URL. */
  documents?: 'document_url'
}

/**
 * Which error responses (status ≥ 400) cost nothing; the setting's description (providers/unbilled.ts) says
 * what each word means.
 */
export type UnbilledErrors = 'none' | 'unserved' | 'refusals' | 'own' | 'all'

/**
 * Finds who serves a target. @throws GatewayError `no-target` when the provider is gone or not ready, with
 * the reason.
 */
export type ProviderOf = (target: Pick<TargetRule, 'provider'>) => Provider

/**
 * Finds who serves a target in a dialect: the provider itself where it speaks the dialect, else one that
 * translates (translate.ts).
 * @throws GatewayError `no-target`; `unsupported` when nobody can translate
 */
export type ProviderFor = (target: TargetRule, dialect: Dialect) => Provider
