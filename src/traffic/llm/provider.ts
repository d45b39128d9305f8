// A provider takes a finished body in a dialect and responds. The providers live in providers/.

import type { TargetRule } from '../../contract/snapshot.ts'
import type { Attempt } from '../../contract/attempt.ts'
import type { UpstreamResponse } from '../../contract/upstream.ts'
import type { ReasoningSettings } from './canonical/request.ts'
import type { Dialect } from './dialect.ts'
import type { CanonicalField, Support } from './fields/canonical-fields.ts'
import type { Limits } from './losses/limits.ts'

export interface Provider {
  /** Name in the configuration, `inside`. */
  readonly name: string
  /**
   * The dialects that it speaks, the best of each family first. A family without a dialect here is not
   * offered.
   */
  readonly dialects: readonly Dialect[]
  /** May callers name things in the account at the vendor? */
  readonly sharesState?: boolean
  readonly departures: Departures
  /** Does it translate instead of speaking its dialects (translate.ts)? */
  readonly isTranslating?: boolean
  /**
   * Sends one finished request and resolves as soon as status and headers are known. It adds base URL,
   * headers and credential, respects the attempt's time-outs and signal, and calls `attempt.onSent` once,
   * when the first byte of the request may have left.
   * @throws GatewayError `upstream-unreachable`, `upstream-timeout`, `upstream-credential`
   */
  send(call: ProviderCall): Promise<UpstreamResponse>
  /**
   * Asks the provider for its models, by their own names. Absent means that it has no such list.
   * @throws GatewayError with an `upstream-*` code
   */
  discover?(signal: AbortSignal): Promise<readonly string[]>
}

export interface ProviderCall {
  dialect: Dialect
  /** Below the base URL, as the dialect names it: `/chat/completions`. */
  path: string
  /** Complete JSON with the target's model name. Bytes are sent unchanged. */
  body: Uint8Array | string
  /**
   * The dialect's own headers, in addition to content type and accept: `anthropic-version`, `anthropic-beta`.
   */
  headers?: readonly (readonly [string, string])[]
  /** Does the body ask for an event stream? Decides the `accept` header. */
  isStreaming: boolean
  /** The attempt: target, signal, time-outs, caller's headers, `onSent`. */
  attempt: Attempt
}

/** How a provider departs from its dialect. An absent member means the plain dialect. */
export interface Departures {
  /**
   * Does it accept `stream_options: {include_usage: true}`? Without it a stream reports no usage and tokens
   * are estimated.
   */
  usageInStream: boolean
  /**
   * The field that limits its output: `max_tokens` for providers that do not know the newer name. Absent
   * means `max_completion_tokens`.
   */
  outputLimitField?: 'max_tokens' | 'max_completion_tokens'
  unbilledErrors: UnbilledErrors
  /**
   * Does it take tools of free text (`type: custom`) in OpenAI's chat dialect? Absent means no: few others
   * than OpenAI do.
   */
  takesFreeText?: boolean
  /**
   * Fields that it carries differently from its dialect: a translation drops or refuses those that are
   * `missing` here, and writes those that are `carried`.
   */
  carries?: Readonly<Partial<Record<CanonicalField, Support>>>
  /** Limits of values that differ from those of its dialect. Null means no limit. */
  limits?: Limits
  /**
   * How it writes in OpenAI's chat dialect what OpenAI writes differently. Only translated requests are
   * written so. Absent means as OpenAI does.
   */
  words?: ChatWords
}

/** Each member is a departure from OpenAI's spelling. The chat dialect's encoder has its meaning. */
export interface ChatWords {
  seed?: 'random_seed'
  /** The field that names the end user. Absent means `safety_identifier`. */
  user?: 'user'
  /**
   * The efforts that it knows, in order. The nearest one is requested. An empty list means that reasoning can
   * only be on or off. Absent means all efforts.
   */
  efforts?: readonly NonNullable<ReasoningSettings['effort']>[]
  /** The field of the reasoning setting. Absent means `reasoning_effort`. */
  reasoning?: 'reasoning' | 'thinking' | 'enable_thinking' | 'reasoning_format'
  /**
   * The field with the reasoning of earlier responses. Absent means `reasoning_content`, with
   * `reasoning_details`.
   */
  givenReasoning?: 'reasoning' | 'reasoning_content' | 'reasoning with details' | 'content'
  /** JSON of any shape is requested by an empty schema, because the mode for it is refused. */
  json?: 'json_schema'
  /** User and assistant must take turns: neighboring turns of one role are merged. */
  alternates?: true
  /** A document is a part of its own kind, by URL. */
  documents?: 'document_url'
}

/**
 * The error responses (status ≥ 400) that are not billed. The setting's description (providers/unbilled.ts)
 * explains each value.
 */
export type UnbilledErrors = 'none' | 'unserved' | 'refusals' | 'own' | 'all'

/**
 * Finds the provider of a target. @throws GatewayError `no-target` when the provider is gone or not ready,
 * with the reason.
 */
export type ProviderOf = (target: Pick<TargetRule, 'provider'>) => Provider

/**
 * Finds the provider of a target in a dialect: the provider itself where it speaks the dialect, else a
 * translating one (translate.ts).
 * @throws GatewayError `no-target`; `unsupported` when there is no translation
 */
export type ProviderFor = (target: TargetRule, dialect: Dialect) => Provider
