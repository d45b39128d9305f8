// A provider that speaks the OpenAI chat dialect over HTTP: its headers, its list of models. Base URL, credential and dialling are upstream's.

import { GatewayError } from '../../../contract/errors.ts'
import type { ProviderRule } from '../../../contract/snapshot.ts'
import type { Timeouts } from '../../../contract/traffic.ts'
import type { Dial, UpstreamResponse } from '../../../contract/upstream.ts'
import type { Departures, Provider, ProviderCall } from '../provider.ts'
import { modelNames } from './model-names.ts'

type HeaderList = readonly (readonly [string, string])[]

export interface HttpProvider {
  rule: ProviderRule
  dial: Dial
  departures: Departures
  /** Sent with every request, beside those of the rule. */
  headers?: HeaderList
  /** Headers of the caller that go along when the caller brings the credential too. */
  callerHeaders?: readonly string[]
}

export function overHttp({ rule, dial, departures, headers = [], callerHeaders = [] }: HttpProvider): Provider {
  const whole: HeaderList = [['content-type', 'application/json'], ['accept', 'application/json'], ...headers]
  const stream: HeaderList = [['content-type', 'application/json'], ['accept', 'text/event-stream'], ...headers]
  const isCallersAccount = rule.credential.kind === 'caller'

  function send({ path, body, headers: ofCall, isStreaming, attempt }: ProviderCall): Promise<UpstreamResponse> {
    const ofForm = isStreaming ? stream : whole
    const own = ofCall ? [...ofForm, ...ofCall] : ofForm
    return dial({
      provider: rule,
      method: 'POST',
      path,
      headers: isCallersAccount ? [...own, ...taken(attempt.callerHeaders, callerHeaders)] : own,
      body,
      timeouts: attempt.timeouts,
      signal: attempt.signal,
      ...(isCallersAccount && { callerHeaders: attempt.callerHeaders }),
      onSent: () => attempt.onSent(),
    })
  }

  async function discover(signal: AbortSignal): Promise<readonly string[]> {
    const response = await dial({
      provider: rule,
      method: 'GET',
      path: '/models',
      headers: [['accept', 'application/json'], ...headers],
      timeouts: discovery,
      signal,
    })
    const bytes = await response.bytes(listLimitBytes)
    if (response.status === 401 || response.status === 403) {
      throw new GatewayError('upstream-credential', `provider "${rule.name}" answers ${response.status} to GET /models; check its key`)
    }
    if (response.status >= 400)
      throw new GatewayError(
        'upstream-error',
        `provider "${rule.name}" answers ${response.status} to GET /models; name its models in the configuration`,
      )
    const names = modelNames(bytes)
    if (!names)
      throw new GatewayError(
        'upstream-garbage',
        `provider "${rule.name}" answers GET /models with something that is no list of models; name them in the configuration`,
      )
    return names
  }

  return { name: rule.name, protocols: ['openai-chat'], departures, send, discover }
}

/** A list is small and quick; whoever takes longer is not asked again by waiting. */
const discovery: Timeouts = { connectMs: 5000, firstTokenMs: 10_000, idleMs: 5000, totalMs: 15_000 }

const listLimitBytes = 4 * 1024 * 1024

const taken = (from: Headers, names: readonly string[]): HeaderList =>
  names.flatMap((name) => {
    const value = from.get(name)
    return value === null ? [] : [[name, value] as const]
  })
