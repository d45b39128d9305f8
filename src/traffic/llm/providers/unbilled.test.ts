// Which errors count as unbilled, by the host and by the error response.

import { describe, expect, test } from 'bun:test'
import { faultOfResponse } from '../wire/faults.ts'
import type { UnbilledErrors } from '../provider.ts'
import { providerRule } from '../../../../test/upstreams/dialling.ts'
import { createProviders } from './index.ts'
import { unbilledAt } from './unbilled.ts'

const dial = undefined as never
const providerOf = createProviders({ dial, clock: undefined as never, random: undefined as never })
const usual = (kind: string, baseUrl: string, options: object = {}) =>
  providerOf({ ...providerRule(baseUrl), kind, options: { ...options } }).departures.unbilledErrors

describe('by default', () => {
  test.each([
    ['openai', 'https://api.openai.com/v1', 'own'],
    ['openai', 'https://eu.api.openai.com/v1', 'own'],
    ['openai', 'https://proxy.example/v1', 'none'],
    ['openai', 'https://api.openai.com.evil.example/v1', 'none'],
    ['openai', 'https://evilapi.openai.com/v1', 'none'],
    ['openai', 'http://127.0.0.1:8080/v1', 'none'],
    ['anthropic', 'https://api.anthropic.com', 'own'],
    ['anthropic', 'https://gateway.example', 'none'],
    ['gemini', 'https://generativelanguage.googleapis.com', 'own'],
    ['gemini', 'https://gateway.example', 'none'],
    ['azure', 'https://name.openai.azure.com', 'unserved'],
    ['azure', 'https://apim.example', 'none'],
    ['groq', 'https://api.groq.com/openai/v1', 'own'],
    ['groq', 'https://proxy.example/v1', 'none'],
    ['openai-compatible', 'https://api.groq.com/openai/v1', 'own'],
    ['openai-compatible', 'https://llm.internal/v1', 'none'],
    ['vllm', 'http://127.0.0.1:8000/v1', 'none'],
  ])('%s at %s: %s', (kind, url, expected) => {
    expect<string>(usual(kind, url)).toBe(expected)
    expect<string>(usual(kind, url, { unbilledErrors: 'all' })).toBe('all')
  })

  test('an address that is not a URL belongs to no vendor', () =>
    expect(unbilledAt({ baseUrl: 'nonsense' }, undefined, ['nonsense'])).toBe('none'))
})

describe('an error of the vendor’s own', () => {
  const isFree = (status: number, body: object, unbilledErrors: UnbilledErrors = 'own') =>
    faultOfResponse(status, new Headers(), { text: '', ...body }, { usageInStream: true, unbilledErrors })
      .isUnbilled
  test.each([400, 401, 403, 404, 422, 429, 500, 503, 529])('is free with the status %d', (status) =>
    expect(isFree(status, { code: 'x' })).toBe(true),
  )
  test.each([408, 499, 502, 504, 520, 522, 524, 525, 528])(
    'is billed with the status %d of a proxy',
    (status) => expect(isFree(status, {})).toBe(false),
  )
  test.each([401, 404, 429, 500, 503])('is billed with the status %d if it is a page', (status) =>
    expect(isFree(status, { isPage: true })).toBe(false),
  )
  test('is billed if a filter read the content', () =>
    expect(isFree(400, { codes: ['content_filter'] })).toBe(false))
  test('is billed if no rule applies', () => expect(isFree(401, {}, 'none')).toBe(false))
})
