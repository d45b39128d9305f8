// Model and method are in the path: `/models/gemini-2.5-flash:streamGenerateContent?alt=sse`.
// https://ai.google.dev/api/generate-content

import { GatewayError } from '../../../../contract/errors.ts'

export type Method = 'generateContent' | 'streamGenerateContent' | 'countTokens' | EmbedMethod
export type EmbedMethod = 'embedContent' | 'batchEmbedContents'

export interface Address {
  /** As the client names it, without the prefix `models/`: `gemini-2.5-flash`, `google/gemini-2.5-flash`. */
  model: string
  method: Method
}

const methods: readonly Method[] = [
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'embedContent',
  'batchEmbedContents',
]

/**
 * The address that a client calls.
 * @param path what follows the version in the client's path
 * @throws as `addressOf`; `not-found` with a suggested fix when the client's base URL also has the version
 */
export function calledAddress(path: string): Address {
  if (!/^\/?v1(?:beta)?\//.test(path)) return addressOf(path)
  throw new GatewayError(
    'not-found',
    'The path contains the version twice, because the SDK adds /v1beta itself. Set the base URL of the client to the address of the gateway, without a version.',
  )
}

/**
 * @param path percent-encoded, with or without the version, without its query
 * @throws GatewayError `not-found` when it names no method that we have; `bad-request` for a name that cannot
 * be decoded
 */
export function addressOf(path: string): Address {
  const colon = path.lastIndexOf(':')
  const said = path.slice(colon + 1)
  const method = methods.find((known) => known === said)
  if (colon < 0 || !method)
    throw new GatewayError(
      'not-found',
      `Models answer ${methods.map((known) => `":${known}"`).join(', ')} here, as in /v1beta/models/NAME:${methods[0]}.`,
    )
  const model = decoded(path.slice(0, colon)).replace(/^\/?(?:v1beta\/)?(?:models\/){0,2}/, '')
  if (model === '')
    throw new GatewayError('bad-request', 'the path has no model; it must be /v1beta/models/NAME:METHOD', {
      param: 'model',
    })
  return { model, method }
}

/**
 * The path relative to a provider's base URL: `/v1beta/models/gemini-2.5-flash:generateContent`.
 * @throws GatewayError `bad-request` for a name that would lead to another path
 */
export function pathOf({ model, method }: Address): string {
  // Tuned models have a separate path prefix.
  const name = /^(?:models|tunedModels)\//.test(model) ? model : `models/${model}`
  if (name.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new GatewayError(
      'bad-request',
      'the name of the model must not contain empty parts, "." or ".." between its slashes',
      { param: 'model' },
    )
  const path = `/v1beta/${name.split('/').map(encodeURIComponent).join('/')}:${method}`
  // Without it, a stream is a JSON array without delimited events.
  return method === 'streamGenerateContent' ? `${path}?alt=sse` : path
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new GatewayError(
      'bad-request',
      'the name of the model in the path is not percent-encoded correctly',
      { param: 'model' },
    )
  }
}
