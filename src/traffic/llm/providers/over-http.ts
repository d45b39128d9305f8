// A provider over HTTP: its headers and its list of models. upstream/ handles the base URL, the credential
// and the connection.

import { GatewayError } from '../../../contract/errors.ts'
import type { DestinationRule, Timeouts } from '../../../contract/snapshot.ts'
import type { Attempt } from '../../../contract/attempt.ts'
import type { Dial, UpstreamRequest, UpstreamResponse } from '../../../contract/upstream.ts'
import type { Dialect } from '../dialect.ts'
import type { Departures, Provider, ProviderCall } from '../provider.ts'
import { passedHeader } from '../wire/passed-headers.ts'
import { modelNames } from './model-names.ts'

type HeaderList = readonly (readonly [string, string])[]

export interface HttpProvider {
  rule: DestinationRule
  dial: Dial
  departures: Departures
  /** Sent with every request, in addition to those of the rule. */
  headers?: HeaderList
  /** Headers of the caller that are sent only with the caller's own credential. */
  callerHeaders?: readonly string[]
  /** The best dialect of each family comes first. Absent means OpenAI chat and embeddings. */
  dialects?: readonly Dialect[]
  /** Headers of the dialect that callers may set with any credential. */
  passed?: readonly PassedHeader[]
  /** The path of its list of models. Absent means `/models`. */
  modelsPath?: string
  /** The address of a dialect's path for a model, below the base URL. Absent means the dialect's own path. */
  addressOf?: (path: string, model: string) => string
}

export interface PassedHeader {
  name: string
  /** Sent when the caller sets no value. */
  usual?: string
  /** Always sent, before the caller's value. */
  also?: string
}

export function overHttp({
  rule,
  dial,
  departures,
  headers = [],
  callerHeaders = [],
  dialects = ['openai-chat', 'openai-embeddings'],
  passed = [],
  modelsPath = '/models',
  addressOf = (path) => path,
}: HttpProvider): Provider {
  const whole: HeaderList = [['content-type', 'application/json'], ['accept', 'application/json'], ...headers]
  const stream: HeaderList = [
    ['content-type', 'application/json'],
    ['accept', 'text/event-stream'],
    ...headers,
  ]
  const isCallersAccount = rule.credential.kind === 'caller'

  function send({
    path,
    body,
    headers: ofCall,
    isStreaming,
    attempt,
  }: ProviderCall): Promise<UpstreamResponse> {
    const ofForm = isStreaming ? stream : whole
    const own =
      ofCall || passed.length > 0
        ? [...ofForm, ...passedOn(passed, attempt.callerHeaders), ...(ofCall ?? [])]
        : ofForm
    const sent = isCallersAccount ? [...own, ...taken(attempt.callerHeaders, callerHeaders)] : own
    return dial(new Posted(rule, addressOf(path, attempt.target.model), sent, body, attempt))
  }

  const listed = modelsPath.replace(/\?.*/, '')

  async function discover(signal: AbortSignal): Promise<readonly string[]> {
    const response = await dial({
      provider: rule,
      method: 'GET',
      path: modelsPath,
      headers: [['accept', 'application/json'], ...headers, ...passedOn(passed, new Headers())],
      timeouts: discovery,
      signal,
    })
    const bytes = await response.bytes(listLimitBytes)
    if (response.status === 401 || response.status === 403) {
      throw new GatewayError(
        'upstream-credential',
        `provider "${rule.name}" answers ${response.status} to GET ${listed}; check its key`,
      )
    }
    if (response.status >= 400)
      throw new GatewayError(
        'upstream-error',
        `provider "${rule.name}" answers ${response.status} to GET ${listed}; name its models in the configuration`,
      )
    const names = modelNames(bytes)
    if (!names)
      throw new GatewayError(
        'upstream-garbage',
        `provider "${rule.name}" answers GET ${listed} with something that is no list of models; name them in the configuration`,
      )
    return names
  }

  return {
    name: rule.name,
    dialects,
    departures,
    send,
    discover,
    ...(rule.sharesState && { sharesState: true }),
  }
}

/** The request of one attempt. It is a class because every call has one, and closures cost more. */
class Posted implements UpstreamRequest {
  readonly provider: DestinationRule
  readonly method = 'POST'
  readonly path: string
  readonly headers: HeaderList
  readonly body: Uint8Array | string
  readonly #attempt: Attempt

  constructor(
    provider: DestinationRule,
    path: string,
    headers: HeaderList,
    body: Uint8Array | string,
    attempt: Attempt,
  ) {
    this.provider = provider
    this.path = path
    this.headers = headers
    this.body = body
    this.#attempt = attempt
  }

  get timeouts() {
    return this.#attempt.timeouts
  }

  get signal() {
    return this.#attempt.signal
  }

  get subject() {
    return this.#attempt.subject
  }

  get callerHeaders() {
    return this.provider.credential.kind === 'caller' ? this.#attempt.callerHeaders : undefined
  }

  mayRepeat(): boolean {
    return this.#attempt.mayRepeat?.() ?? true
  }

  onSent(): void {
    this.#attempt.onSent()
  }

  onEcho(): void {
    this.#attempt.onEcho?.()
  }
}

/** Time limits for a list of models, which is small and fast. */
const discovery: Timeouts = { connectMs: 5000, firstTokenMs: 10_000, idleMs: 5000, totalMs: 15_000 }

const listLimitBytes = 4 * 1024 * 1024

function passedOn(passed: readonly PassedHeader[], from: Headers): HeaderList {
  return passed.flatMap(({ name, usual, also }) => {
    const said = passedHeader(from, name) ?? usual
    const value = also === undefined ? said : said === undefined ? also : `${also},${said}`
    return value === undefined ? [] : [[name, value] as const]
  })
}

const taken = (from: Headers, names: readonly string[]): HeaderList =>
  names.flatMap((name) => {
    const value = passedHeader(from, name)
    return value === undefined ? [] : [[name, value] as const]
  })
