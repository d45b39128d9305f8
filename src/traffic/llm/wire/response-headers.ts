// Which of a provider's headers the client sees: headers that official SDKs expose or obey, or that vendors
// document for their users. Each has one row. All others are dropped, because no list of harmful headers can
// be complete: a proxy in front of us obeys some headers (`x-accel-redirect`), and others name machines and
// accounts.

import type { ResponseHeaders } from '../../../contract/upstream.ts'

export interface PassedResponseHeader {
  /** In lower case. A `*` at the end matches all names with this beginning. */
  name: string
  form: keyof typeof forms
  /** It names the response at the provider, for support. */
  isId?: boolean
  /** Sent on error responses only, because SDKs do not read it on others. */
  isOfErrors?: boolean
  meaning: string
  /** A file of an SDK, or the vendor's page. */
  source: string
}

/** The allowed forms of values. None of them admits free text. */
const forms = {
  id: /^[\w.:@/+=-]{1,200}$/,
  word: /^[\w.:+/-]{1,100}$/,
  /** Numbers, times, durations, lists of limits: `6m0s`, `2026-11-30T09:00:00Z`, `60, 1000;w=60`. */
  limit: /^[\w.:+;=, "%-]{1,120}$/,
  number: /^\d{1,12}(?:\.\d{1,6})?$/,
  /** Seconds, or a date (RFC 9110 §10.2.3). */
  delay: /^[\w:, .+-]{1,40}$/,
  boolean: /^(?:true|false)$/,
} as const

const openaiSdk = 'openai: client.js, internal/parse.js'
const anthropicSdk = '@anthropic-ai/sdk: client.js, internal/parse.js'
const openaiPage = 'https://developers.openai.com/api/reference/overview#debugging-requests'
const anthropicLimits = 'https://docs.claude.com/en/api/rate-limits#response-headers'
const anthropicPage = 'https://docs.claude.com/en/api/overview#response-headers'
const azurePage = 'https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota'

export const passedResponseHeaders: readonly PassedResponseHeader[] = [
  { name: 'x-request-id', form: 'id', isId: true, meaning: 'id of the response', source: openaiSdk },
  { name: 'request-id', form: 'id', isId: true, meaning: 'id of the response', source: anthropicSdk },
  {
    name: 'x-generation-id',
    form: 'id',
    isId: true,
    meaning: 'id of the response',
    source: 'https://openrouter.ai/docs/api-reference/overview',
  },
  { name: 'apim-request-id', form: 'id', isId: true, meaning: 'id of the response', source: azurePage },
  {
    name: 'mistral-correlation-id',
    form: 'id',
    isId: true,
    meaning: 'id of the response',
    source: 'https://docs.mistral.ai/api',
  },
  {
    name: 'x-ds-trace-id',
    form: 'id',
    isId: true,
    meaning: 'id of the response',
    source: 'https://api-docs.deepseek.com',
  },
  {
    name: 'inference-id',
    form: 'id',
    isId: true,
    meaning: 'id of the response',
    source: 'https://console.groq.com/docs/api-reference',
  },
  {
    name: 'retry-after',
    form: 'delay',
    meaning: 'when to come back: seconds or a date',
    source: 'openai, @anthropic-ai/sdk, @google/genai',
  },
  {
    name: 'retry-after-ms',
    form: 'number',
    meaning: 'when to come back: milliseconds',
    source: 'openai, @anthropic-ai/sdk, @google/genai',
  },
  {
    name: 'x-should-retry',
    form: 'boolean',
    isOfErrors: true,
    meaning: 'may the client try again?',
    source: 'openai, @anthropic-ai/sdk: client.js',
  },
  {
    name: 'openai-poll-after-ms',
    form: 'number',
    meaning: 'when to poll again: milliseconds',
    source: 'openai: resources/vector-stores',
  },
  {
    name: 'openai-processing-ms',
    form: 'number',
    meaning: 'time that the response took: milliseconds',
    source: openaiPage,
  },
  { name: 'openai-version', form: 'word', meaning: 'version of the API', source: openaiPage },
  {
    name: 'openai-organization',
    form: 'word',
    meaning: "the organization of the provider's account",
    source: openaiPage,
  },
  { name: 'x-ratelimit-*', form: 'limit', meaning: "limits of the provider's account", source: openaiPage },
  {
    name: 'anthropic-ratelimit-*',
    form: 'limit',
    meaning: "limits of the provider's account",
    source: anthropicLimits,
  },
  {
    name: 'ratelimit',
    form: 'limit',
    meaning: "limits of the provider's account",
    source: 'IETF draft-ietf-httpapi-ratelimit-headers',
  },
  {
    name: 'ratelimit-*',
    form: 'limit',
    meaning: "limits of the provider's account",
    source: 'IETF draft-ietf-httpapi-ratelimit-headers',
  },
  {
    name: 'anthropic-organization-id',
    form: 'id',
    meaning: "the organization of the provider's account",
    source: anthropicPage,
  },
  {
    name: 'anthropic-workspace-id',
    form: 'id',
    meaning: "the workspace of the provider's account",
    source: anthropicSdk,
  },
  { name: 'x-ms-region', form: 'word', meaning: 'the region that served the call', source: azurePage },
  {
    name: 'x-gemini-service-tier',
    form: 'word',
    meaning: 'the tier that served the call',
    source: 'https://ai.google.dev/gemini-api/docs/flex-inference',
  },
  {
    name: 'server-timing',
    form: 'limit',
    meaning: 'time that the response took',
    source: 'https://www.w3.org/TR/server-timing/ (Gemini API: gfet4t7)',
  },
]

const byName = new Map(
  passedResponseHeaders.filter(({ name }) => !name.endsWith('*')).map((row) => [row.name, row]),
)
const byPrefix = passedResponseHeaders.flatMap((row) =>
  row.name.endsWith('*') ? [{ prefix: row.name.slice(0, -1), row }] : [],
)
const ids = passedResponseHeaders.filter(({ isId }) => isId)

/** @param contentType the actual content type of the body, whatever the provider sent */
export function responseHeaders(
  headers: ResponseHeaders,
  contentType: string,
  isError = false,
): [string, string][] {
  const kept: [string, string][] = [['content-type', contentType]]
  headers.forEach((value, name) => {
    const row = byName.get(name) ?? byPrefix.find(({ prefix }) => name.startsWith(prefix))?.row
    if (row && (isError || !row.isOfErrors) && forms[row.form].test(value)) kept.push([name, value])
  })
  return kept
}

/** The provider's id of the response, for support. */
export function upstreamIdOf(headers: ResponseHeaders): string | undefined {
  for (const { name, form } of ids) {
    const id = headers.get(name)
    if (id !== null && forms[form].test(id)) return id
  }
  const ray = headers.get('cf-ray')
  return ray !== null && forms.id.test(ray) ? ray : undefined
}
