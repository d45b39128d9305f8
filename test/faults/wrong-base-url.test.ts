// The most frequent mistake of a new client is a base URL with a missing version, a duplicate version, or a
// version of another product. The vendors' SDKs show the error of the gateway, so the error must contain the
// right URL.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI, { AzureOpenAI } from 'openai'
import { type World, world } from './world.ts'

let here: World
beforeAll(async () => {
  here = await world({})
})
afterAll(() => here.end())

const model = 'day-0'
const messages = [{ role: 'user' as const, content: 'Hello' }]
const sdk = (base: string) => ({
  baseURL: `${here.gatehouse.url}${base}`,
  apiKey: here.gatehouse.key,
  maxRetries: 0,
})
const openai = (base: string) => new OpenAI(sdk(base)).chat.completions.create({ model, messages })
const anthropic = (base: string) =>
  new Anthropic(sdk(base)).messages.create({ model, messages, max_tokens: 5 })
const gemini = (base: string) =>
  new GoogleGenAI({
    apiKey: here.gatehouse.key,
    httpOptions: { baseUrl: `${here.gatehouse.url}${base}` },
  }).models.generateContent({ model, contents: 'Hello' })
const azure = () =>
  new AzureOpenAI({
    endpoint: here.gatehouse.url,
    apiKey: here.gatehouse.key,
    apiVersion: '2024-10-21',
    deployment: model,
    maxRetries: 0,
  }).chat.completions.create({ model, messages })

test.each([
  ['OpenAI without /v1', () => openai(''), '', '/v1', 'POST /v1/chat/completions'],
  ['OpenAI with /v1 twice', () => openai('/v1/v1'), '/v1/v1', '/v1', 'POST /v1/chat/completions'],
  ['OpenAI with a version in capitals', () => openai('/V1'), '/V1', '/v1', 'POST /v1/chat/completions'],
  [
    'a list of models from another product',
    () => new OpenAI(sdk('/api/openai')).models.list(),
    '/api/openai',
    '/v1',
    'GET /v1/models',
  ],
  [
    'Responses without /v1',
    () => new OpenAI(sdk('')).responses.create({ model, input: 'Hello' }),
    '',
    '/v1',
    'POST /v1/responses',
  ],
  ['Anthropic with /v1', () => anthropic('/v1'), '/v1', '', 'POST /v1/messages'],
  [
    'Anthropic with the path of another gateway',
    () => anthropic('/anthropic'),
    '/anthropic',
    '',
    'POST /v1/messages',
  ],
  ['the SDK of Azure', azure, `/openai/deployments/${model}`, '/v1', 'POST /v1/chat/completions'],
])('%s: the error in the SDK names the right base URL', async (_, call, base, right, use) => {
  const error = await Promise.resolve(call()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Error)) throw new Error('the call went through')
  expect(error).toMatchObject({ status: 404 })
  const { url } = here.gatehouse
  expect(error.message).toContain(`use ${use}. `)
  expect(error.message).toContain(`Set the base URL of the client to ${url}${right}, not ${url}${base}.`)
})

test('an error for a path without a recognizable base URL names only the right path', async () => {
  const response = await fetch(`${here.gatehouse.url}/v2/messages`, { method: 'POST', body: '{}' })
  expect(await response.json()).toMatchObject({
    error: { message: 'There is no endpoint at /v2/messages; use POST /v1/messages.' },
  })
})

test('each dialect gets its own error form', async () => {
  const post = async (path: string) =>
    (await fetch(`${here.gatehouse.url}${path}`, { method: 'POST', body: '{}' })).json()
  expect(await post('/chat/completions')).toMatchObject({
    error: { type: 'invalid_request_error', code: 'not_found', param: null },
  })
  expect(await post('/v1/v1/messages')).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
  expect(await post('/google/v1beta/models/x:generateContent')).toMatchObject({
    error: { code: 404, status: 'NOT_FOUND' },
  })
})

test.each(['/v1/images/generations', '/v1/completions', '/favicon.ico'])(
  '%s is not served: the error guesses nothing',
  async (path) => {
    const response = await fetch(`${here.gatehouse.url}${path}`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(404)
    const { error } = await response.json()
    expect(error.message).toBe(
      `There is no endpoint at ${path}. docs/reference/paths.md lists the paths of Gatehouse.`,
    )
  },
)

test('a Gemini client with the version in its base URL gets an error about it in its dialect', async () => {
  const error = await gemini('/v1beta').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ status: 404, message: expect.stringContaining('contains the version twice') })
})

test('an error does not repeat a very long path completely', async () => {
  const response = await fetch(`${here.gatehouse.url}/${'a'.repeat(5_000)}`)
  expect((await response.text()).length).toBeLessThan(600)
})
