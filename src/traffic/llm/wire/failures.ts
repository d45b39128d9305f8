// The errors of vendors and servers as one table. The first row that matches defines the kind of failure.
// Retries, fallbacks, breakers, money and the status in every dialect follow from the kind.
//
// A row matches by a code (any word in `code`, `type`, `status` or `reason`), or by the message. Codes come
// first, because they are made for programs. Vendors reuse each other's codes with other meanings
// (`insufficient_quota` is an empty account at OpenAI and a limit per minute at DashScope), so the order of
// the rows matters. failures.test.ts has an error body with its source for every row.

import type { UpstreamFault } from '../../../contract/response.ts'
import type { ErrorBody } from './error-body.ts'

export type FailureKind = UpstreamFault['kind']

interface FailureRow {
  kind: FailureKind
  /**
   * Matches only responses with one of these statuses. Absent means all responses, and errors in place of a
   * response, which have no status.
   */
  status?: readonly number[]
  /** Matches a whole code. */
  code?: RegExp
  /** Matches within the message. */
  text?: RegExp
  /** The status of an error in place of a response. Absent means the usual one of its kind. */
  as?: number
  /**
   * Does the vendor document that this error is free, or billed? Absent means that the provider's
   * `unbilledErrors` decides.
   */
  isUnbilled?: boolean
}

const requestStatuses = [400, 402, 403, 404, 409, 410, 412, 413, 422]

// Patterns run over at most 2,000 characters and have no nested repetition.
const rows: readonly FailureRow[] = [
  // Groq refuses a request that is larger than the limit per minute. A retry cannot succeed, only a smaller
  // request can.
  { kind: 'context-window', status: [413], text: /too large/i },
  // Together also uses `credit_limit` for requests per minute. Cerebras uses `token_quota_exceeded` for
  // tokens per minute.
  {
    kind: 'rate-limit',
    status: [429],
    text: /you have been rate limited|(?:tokens|requests) per min|per[- ]minute|\b[TR]PM\b/i,
  },
  { kind: 'rate-limit', code: /^(?:token_quota_exceeded|request_quota_exceeded|too_many_tokens_error)$/ },
  // DashScope's limit of tokens per minute reads like an empty account.
  { kind: 'rate-limit', text: /error-code#(?:token-limit|rate-limit)|^allocated quota exceeded/i },
  {
    kind: 'overloaded',
    code: /^(?:queue_exceeded|engine_overloaded(?:_error)?|service_tier_capacity_exceeded|slow_down)$/,
  },
  {
    kind: 'overloaded',
    code: /^(?:overloaded|overloaded_error|model_overloaded|server_overloaded)$/,
    as: 529,
  },

  // OpenRouter reserves money for running calls:
  // https://openrouter.ai/docs/api/reference/errors-and-debugging
  { kind: 'rate-limit', status: [402], text: /in-flight requests/i },
  { kind: 'rate-limit', code: /^in_flight_budget_exhausted$/, as: 429 },

  // Empty accounts and spending limits. A retry is useless for Google's limit per day. Its limit per minute
  // has the same message.
  { kind: 'quota', status: [402] },
  { kind: 'quota', code: /PerDay/ },
  {
    kind: 'quota',
    code: /^(?:RESOURCE_EXHAUSTED|FAILED_PRECONDITION|PERMISSION_DENIED|BILLING_DISABLED)$/,
    text: /prepayment|credits? (?:are|is) depleted|spend(?:ing)? (?:cap|limit)|enable billing|billing (?:account|to be enabled|is disabled|has not)/i,
  },
  { kind: 'quota', code: /^BILLING_DISABLED$/ },
  { kind: 'rate-limit', code: /^RESOURCE_EXHAUSTED$/ },
  {
    kind: 'quota',
    code: /^(?:insufficient_(?:quota|balance|credits?|funds)(?:_error)?|quota_exceeded|exceeded_current_quota(?:_error)?|billing_(?:hard_limit_reached|not_active|error)|credit_(?:balance_exhausted|limit)|(?:organization|project)_(?:spend|usage)_limit_exceeded|(?:enforced_)?(?:spend|spending)_limit_(?:reached|exceeded)|budget_exceeded|payment_required|[\w-]*:?spending-limit|1113)$/i,
    as: 429,
  },
  {
    kind: 'quota',
    code: /^(?:Arrearage|AllocationQuota\.FreeTierOnly|(?:Prepaid|Postpaid)BillOverdue|AccountOverdue(?:Error)?|QuotaExceeded)$/,
  },
  {
    kind: 'quota',
    text: /insufficient (?:account )?(?:balance|credits?|funds|quota)|exceeded (?:your |its )?(?:current )?quota|credit balance|(?:run|ran) out of (?:credits|balance|funds)|used all available credits|spend(?:ing)? limit|api usage limits?|usage limit for this|requires more credits|credit limit|not enough (?:balance|credits)|budget has been exceeded|exceeded ?budget|crossed budget|over budget|good standing|call volume quota|overdue (?:payment|account|balance)|free (?:allocated )?quota|extra usage is required|账户余额|余额不足|欠费/i,
  },
  { kind: 'quota', status: [403, 412], text: /account .{0,80}(?:suspended|not active|in arrears)/i },

  // Overflow of the context window.
  {
    kind: 'context-window',
    code: /^(?:context_(?:length|window)_exceeded|exceed_context_size_error|request_too_large|model_context_window_exceeded|ContextWindowExceededError|tokens_limit_reached|(?:prompt|input)_too_long)$/,
  },
  {
    kind: 'context-window',
    text: /context[_ ](?:length|window|size|limit)|maximum (?:prompt|input) length|max_prompt_tokens|prompt is too long|input is too long|token (?:length|count).{0,60}(?:too long|exceeds)|exceeded model token limit|maximum number of tokens allowed|max tokens allowed|range of input length|reduce the length of|max_tokens must be at least 1, got -|max length exceeded|too large for model with|prompt contains \d+ tokens|inputs`? tokens .{0,10}max_new_tokens`? must be|token limit exceeded|number of tokens to keep|n_keep|exceeds the limit of \d+/i,
  },
  { kind: 'context-window', status: [400, 413, 422, 500], text: /too many tokens/i },

  // Content policies.
  {
    kind: 'content-policy',
    code: /^(?:content_filter(?:ed)?|content_policy(?:_violation)?|ResponsibleAIPolicyViolation|data_inspection_failed|DataInspectionFailed|moderation_blocked|invalid_prompt|cyber_policy_violation|1301)$/,
  },
  {
    kind: 'content-policy',
    status: requestStatuses,
    text: /content[ _](?:management policy|filter|polic|exists risk|violates)|responsibleaipolicy|moderation|flagged|safety system|inappropriate content|considered high risk|usage (?:guidelines|polic)|prohibited (?:content|use)|SAFETY_CHECK/i,
  },

  // Credentials. xAI and Google send 400 for a wrong key.
  {
    kind: 'credential',
    code: /^(?:(?:invalid|wrong|incorrect)_(?:api_key|authentication)(?:_error)?|InvalidApiKey|authentication_error|AuthenticationError|API_KEY_INVALID|UNAUTHENTICATED|account_deactivated)$/,
    as: 401,
  },
  { kind: 'credential', code: /^(?:permission_error|permission_denied)$/, as: 403 },
  {
    kind: 'credential',
    status: [400, 401, 403],
    text: /(?:incorrect|invalid|wrong|missing|expired) (?:api[ -]?key|api token|access token)|API key (?:not valid|expired|not found)|user location is not supported/i,
  },

  // Models.
  {
    kind: 'not-found',
    code: /^(?:model_(?:not_found|not_exist|not_available|decommissioned)|ModelNotFound|DeploymentNotFound|unknown_model|invalid_model|not_found_error|NotFoundError|NOT_FOUND)$/,
  },
  {
    kind: 'not-found',
    status: [400, 403, 404, 410, 422],
    text: /no endpoints found|model not exist|(?:unknown|invalid) model\b|not a valid model|try pulling it first|no models? (?:is |are )?loaded|\bmodel\b.{0,120}(?:does not exist|not found|is not (?:available|supported)\b|decommissioned)/i,
  },

  // Rates and loads.
  {
    kind: 'rate-limit',
    code: /^(?:rate_limit(?:_exceeded|_error|_reached_error)?|rate_limited|too_many_requests(?:_error)?|TooManyRequests|RateLimitReached|RateLimitError|Throttling(?:\.\w+)?|ThrottlingException|130[23])$/,
  },
  {
    kind: 'overloaded',
    status: [429, 500, 503],
    text: /overloaded|(?:over|at) capacity|capacity exceeded|high (?:demand|traffic|load)|server busy|pending requests exceeded/i,
  },
  {
    kind: 'overloaded',
    code: /^(?:UNAVAILABLE|ServiceUnavailable|service_unavailable|insufficient_system_resource)$/,
    as: 503,
  },
  { kind: 'rate-limit', status: [400, 403], text: /rate limit|too many requests|throttl|error code: 1015/i },

  // Codes of errors in place of a response.
  { kind: 'server', code: /^(?:api_error|INTERNAL)$/, as: 500 },
  { kind: 'server', code: /^(?:timeout_error|DEADLINE_EXCEEDED)$/, as: 504 },
  {
    kind: 'bad-request',
    code: /^(?:invalid_request_error|BadRequestError|INVALID_ARGUMENT|invalid_parameter_error|InvalidParameter)$/,
    as: 400,
  },
]

/** Rows that are as vague as a status. The status has precedence. */
const vague: ReadonlySet<FailureRow> = new Set(rows.slice(-3))

const longestText = 2_000

const byStatus: Readonly<Record<number, FailureKind>> = {
  401: 'credential',
  402: 'quota',
  403: 'credential',
  404: 'not-found',
  405: 'not-found',
  408: 'server',
  409: 'server',
  410: 'not-found',
  413: 'context-window',
  424: 'server',
  429: 'rate-limit',
  499: 'server',
  503: 'overloaded',
  529: 'overloaded',
}

/** The status of an error that has none. */
export const usualStatus: Readonly<Record<FailureKind, number>> = {
  'rate-limit': 429,
  overloaded: 503,
  server: 502,
  credential: 401,
  quota: 429,
  'context-window': 400,
  'content-policy': 400,
  'not-found': 404,
  'bad-request': 400,
}

export interface Failure {
  kind: FailureKind
  status: number
  isUnbilled?: boolean
}

/** @param status undefined means that the error came in place of a response and its body names no status */
export function failureOf(status: number | undefined, body: ErrorBody): Failure {
  const row = rowFor(status, body)
  const known = row && (status === undefined || !vague.has(row)) ? row : undefined
  const kind = known?.kind ?? kindOfStatus(status, body)
  return {
    kind,
    status: status ?? known?.as ?? usualStatus[kind],
    ...(known?.isUnbilled === undefined ? {} : { isUnbilled: known.isUnbilled }),
  }
}

function kindOfStatus(status: number | undefined, { isPage }: ErrorBody): FailureKind {
  if (status === undefined) return 'server'
  // A page comes from a proxy, which refuses by address or path. The vendor has not seen our key.
  if (isPage && status === 403) return 'server'
  return byStatus[status] ?? (status < 500 ? 'bad-request' : 'server')
}

function rowFor(
  status: number | undefined,
  { codes = [], text, heard = '' }: ErrorBody,
): FailureRow | undefined {
  const said = `${text.slice(0, longestText)} ${heard.slice(0, longestText)}`
  return rows.find(({ status: statuses, code, text: words }) => {
    if (statuses !== undefined && status !== undefined && !statuses.includes(status)) return false
    if (status === undefined && code === undefined && words === undefined) return false
    return (
      (code === undefined || codes.some((each) => code.test(each))) &&
      (words === undefined || words.test(said))
    )
  })
}
