// Same dialect: the provider gets the caller's bytes, the caller gets the provider's, and the record has the
// facts of the response.

import type { ExchangeRecord } from '../../src/contract/record.ts'
import { short } from './compare.ts'
import { type Facts, factsOf } from './facts/index.ts'
import { embeddedIn } from './facts/embedded.ts'
import { at, canonical, eventsIn, isObject, listed, parsed, texted } from './json.ts'
import { dialectName, type Recording } from './recording.ts'
import type { Report } from './report.ts'
import { type Played, price, type Stage, type Upstream } from './stage.ts'
import { isAnswer, targetOf } from './target.ts'

export interface Kept {
  recording: Recording
  played: Played
}

export const answerOf = ({ status, headers, answer, isStream }: Recording): Upstream => ({
  status,
  headers,
  body: answer,
  isStream,
})

/**
 * The status of a passed-on response. The gateway hides its own account: a provider that refuses its key is a
 * bad gateway.
 */
export function statusFor(recording: Recording): number {
  const { status, answer, isStream } = recording
  if (
    status === 401 ||
    status === 403 ||
    (status === 400 && /API_KEY_INVALID|Incorrect API key/.test(answer))
  )
    return 502
  if (status >= 400 || isStream || isAnswer(recording)) return status
  const inside = ['status', 'code']
    .map((name) => at(parsed(answer), 'error', name))
    .find((reported) => typeof reported === 'number' && reported >= 400)
  return typeof inside === 'number' ? inside : 502
}

export async function playSame(
  stage: Stage,
  report: Report,
  recording: Recording,
): Promise<Kept | undefined> {
  const { dialect, kind, isStream, request, requestHeaders } = recording
  if (!request) return undefined
  const passed = Object.fromEntries(
    ['anthropic-version', 'anthropic-beta'].flatMap((name) =>
      requestHeaders[name] ? [[name, requestHeaders[name]]] : [],
    ),
  )
  const asksForStream = request['stream'] === true || recording.path.includes(':streamGenerateContent')
  const target = targetOf(recording, 'same')
  const played = await stage.play(
    { front: dialect, kind, target, isStream: asksForStream, body: request, headers: passed },
    answerOf(recording),
  )
  const differences = [
    ...(played.sent ? sentDifferences(recording, played.sent, target, passed) : []),
    ...(played.sent ? answerDifferences(recording, played, isStream) : []),
  ]
  if (!played.sent) {
    const reason = refusalOf(played)
    if (reason !== undefined) {
      report.refused('same dialect', dialectName(recording), reason, recording.name)
      return undefined
    }
    differences.push(`answered ${played.status} without asking the provider: ${short(played.answer)}`)
  }
  report.compared('same dialect', dialectName(recording), recording.name, differences)
  return { recording, played }
}

/** The gateway's own error for a request that it does not send. */
export function refusalOf({ status, answer }: Played): string | undefined {
  if (status !== 400 && status !== 404) return undefined
  const message = at(parsed(answer), 'error', 'message')
  // the field name stays; values and targets are removed
  let quoted = 0
  return typeof message === 'string'
    ? message
        .replace(/"[^"]{0,200}"/g, (name) => (quoted++ === 0 ? name.replace(/\d+/g, 'N') : '"…"'))
        .slice(0, 160)
    : undefined
}

function sentDifferences(
  { dialect, request = {} }: Recording,
  sent: NonNullable<Played['sent']>,
  target: string,
  passed: Readonly<Record<string, string>>,
): string[] {
  const model = target.slice(target.indexOf('/') + 1)
  const expected = JSON.stringify(
    dialect === 'gemini' ? (batched(request, model) ?? request) : { ...request, model },
  )
  const differences: string[] = []
  if (dialect === 'openai-responses') {
    // a response that the gateway keeps is sent again as items
    if (request['previous_response_id'] && (at(parsed(sent.text), 'previous_response_id') ?? null) === null)
      return differences
    // reasoning that cannot be read any more is left out; all else passes unchanged
    const input = listed(request['input']).filter((item) => !isReference(item))
    if (
      input.length < listed(request['input']).length &&
      canonical(parsed(sent.text)) === canonical({ ...request, input, model })
    )
      return differences
  }
  if (
    dialect === 'gemini' &&
    request['model'] !== undefined &&
    canonical(parsed(sent.text)) === canonical({ ...request, model: `models/${model}` })
  )
    return differences
  if (
    sent.text !== expected &&
    !(request['stream'] === true && withoutUsageWish(sent.text) === withoutUsageWish(expected))
  )
    differences.push(`sent ${short(sent.text)} instead of ${short(expected)}`)
  for (const [name, value] of Object.entries(passed))
    if (sent.headers[name] !== value)
      differences.push(`sent ${name}: ${sent.headers[name]} instead of ${value}`)
  return differences
}

/** Each request of an embeddings batch repeats the model. */
const batched = (request: Readonly<Record<string, unknown>>, model: string) =>
  Array.isArray(request['requests'])
    ? {
        ...request,
        requests: request['requests'].filter(isObject).map((one) => ({ ...one, model: `models/${model}` })),
      }
    : undefined

/** Reasoning that is stored at the vendor and not in the item. */
const isReference = (item: unknown): boolean =>
  at(item, 'type') === 'reasoning' && typeof at(item, 'encrypted_content') !== 'string'

/** The gateway asks chat providers for the usage of a stream. */
function withoutUsageWish(text: string): string {
  const value = parsed(text)
  return canonical(
    typeof value === 'object' && value !== null ? { ...value, stream_options: undefined } : value,
  )
}

function answerDifferences(recording: Recording, played: Played, isStream: boolean): string[] {
  const { dialect, status, answer, request } = recording
  const differences: string[] = []
  const expected = statusFor(recording)
  if (played.status !== expected)
    differences.push(`status ${played.status} instead of ${expected}: ${short(played.answer)}`)
  // a kept response is named by a handle of the gateway
  const heard = dialect === 'openai-responses' ? withoutHandle(played.answer, answer) : played.answer
  // OpenRouter sends it after the event that ends a response
  if (heard === answer || heard === answer.replace(/data: \[DONE\]\s*$/, '') || expected !== status)
    return differences
  // a usage event that the caller did not request is removed again
  const swallows =
    dialect === 'openai-chat' && isStream && at(request, 'stream_options', 'include_usage') !== true
  const [recorded, arrived] = [answer, played.answer].map((text) => ({
    ...factsOf(dialect, text, isStream),
    tokens: undefined,
    searches: 0,
  }))
  if (!swallows || canonical(recorded) !== canonical(arrived))
    differences.push(`answered ${short(played.answer)} instead of ${short(answer)}`)
  return differences
}

function withoutHandle(heard: string, recorded: string): string {
  const [handle, own] = [heard, recorded].map((text) => {
    const response = isObject(parsed(text))
      ? parsed(text)
      : at(
          eventsIn(text).find((event) => at(event, 'response')),
          'response',
        )
    return texted(at(response, 'id'))
  })
  if (own === undefined || handle === undefined) return heard
  // the gateway that keeps it reports so
  const reported = /"store":\s*false/.exec(recorded)?.[0]
  const named = heard.replaceAll(handle, own)
  return reported === undefined ? named : named.replaceAll(/"store":\s*true/g, reported)
}

/** Compares usage, finish and cost of the record with the facts of the recorded response. */
export function recordDifferences({ recording, played }: Kept, record: ExchangeRecord | undefined): string[] {
  if (!record) return [`no record of ${played.exchange}`]
  const facts = factsOf(recording.dialect, recording.answer, recording.isStream)
  if (!isAnswer(recording))
    return record.outcome === 'failed' && (recording.isStream || record.status === statusFor(recording))
      ? []
      : [`the record says ${record.outcome} ${record.status}`]
  const { tokens } = facts
  const differences: string[] = []
  const tell = (what: string, expected: unknown, reported: unknown) => {
    if (expected !== reported)
      differences.push(`record: ${what} ${short(reported)} instead of ${short(expected)}`)
  }
  if (recording.kind === 'count') return []
  if (recording.kind === 'embed') {
    const { input } = embeddedIn(recording.answer)
    if (input === undefined)
      return record.usage && !record.usage.isEstimated ? ['the record knows a usage that was not told'] : []
    tell('inputTokens', input, record.usage?.inputTokens)
    tell('cost', String(input * price.input * 1000), record.costNano)
    return differences
  }
  if (tokens?.input === undefined)
    return record.usage && !record.usage.isEstimated ? ['the record knows a usage that was not told'] : []
  const { usage } = record
  tell('inputTokens', tokens.input, usage?.inputTokens)
  tell('outputTokens', tokens.output, usage?.outputTokens)
  tell('cacheReadTokens', tokens.cacheRead, usage?.cacheReadTokens)
  tell('cacheWriteTokens', tokens.cacheWrite, usage?.cacheWriteTokens)
  tell('reasoningTokens', tokens.reasoning, usage?.reasoningTokens)
  tell('finish', facts.choices[0]?.finish, record.finish?.raw)
  if (facts.error === undefined)
    tell(
      'cost',
      resellers.has(recording.provider) ? (reportedCostOf(facts) ?? costOf(facts)) : costOf(facts),
      record.costNano,
    )
  return differences
}

/** They bill the calls themselves, and the price that they report is the cost. */
const resellers = new Set(['openrouter', 'perplexity', 'xai'])

const reportedCostOf = ({ reportedDollars }: Facts): string | undefined =>
  reportedDollars === undefined ? undefined : String(Math.ceil(Number((reportedDollars * 1e9).toFixed(1))))

/** In nano-dollars, rounded up once, by the prices of the stage. */
export function costOf({ tokens = {}, searches }: Facts): string {
  const {
    input = 0,
    output = 0,
    cacheRead: read = 0,
    cacheWrite: written = 0,
    cacheWriteLong: long = 0,
    audio = 0,
  } = tokens
  // Parts are subtracted from the total: first audio, which has the input price here, then cache writes, then
  // cache reads.
  const whole = Math.max(input, written + read)
  const cacheWriteLong = Math.min(long, whole - audio)
  const cacheWrite = cacheWriteLong + Math.min(written - long, whole - audio - cacheWriteLong)
  const cacheRead = Math.min(read, whole - audio - cacheWrite)
  const microDollars =
    (whole - cacheRead - cacheWrite) * price.input +
    cacheRead * price.cacheRead +
    (cacheWrite - cacheWriteLong) * price.cacheWrite +
    cacheWriteLong * price.cacheWriteLong +
    output * price.output
  return String(Math.round(microDollars * 1000) + searches * price.search * 1e9)
}
