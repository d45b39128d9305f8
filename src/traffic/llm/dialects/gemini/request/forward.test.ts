import { describe, expect, test } from 'bun:test'
import { addressOf, pathOf } from '../address.ts'
import { forwardRequest } from './forward.ts'
import { viewGemini } from './view.ts'

const departures = { usageInStream: false, unbilledErrors: 'none' } as const

function sent(body: object | string, outputCap?: number, path = '/models/m:generateContent') {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const written = forwardRequest(viewGemini(bytes, addressOf(path), { maxDepth: 64 }), {
    model: 'gemini-x',
    provider: 'p',
    isTranslated: false,
    sharesState: false,
    departures,
    outputCap,
  })
  return { path: written.path, text: Buffer.from(written.body).toString() }
}

describe('a budget that covers 50 tokens', () => {
  test.each([
    ['no settings', '{"contents":[]}', '{"generationConfig":{"maxOutputTokens":50},"contents":[]}'],
    [
      'settings that are null',
      '{"contents":[],"generationConfig":null}',
      '{"contents":[],"generationConfig":{"maxOutputTokens":50}}',
    ],
    [
      'empty settings',
      '{"contents":[],"generationConfig":{}}',
      '{"contents":[],"generationConfig":{"maxOutputTokens":50}}',
    ],
    [
      'other settings',
      '{"generationConfig":{ "topK":1},"contents":[]}',
      '{"generationConfig":{"maxOutputTokens":50, "topK":1},"contents":[]}',
    ],
    [
      'a higher limit',
      '{"generation_config":{"max_output_tokens":90},"contents":[]}',
      '{"generation_config":{"max_output_tokens":50},"contents":[]}',
    ],
    [
      'a limit of null',
      '{"generationConfig":{"maxOutputTokens":null},"contents":[]}',
      '{"generationConfig":{"maxOutputTokens":50},"contents":[]}',
    ],
    [
      'a lower limit',
      '{"generationConfig":{"maxOutputTokens":7},"contents":[]}',
      '{"generationConfig":{"maxOutputTokens":7},"contents":[]}',
    ],
    [
      'two candidates',
      '{"generationConfig":{"candidateCount":2},"contents":[]}',
      '{"generationConfig":{"maxOutputTokens":50,"candidateCount":2},"contents":[]}',
    ],
  ])('changes only the limit of a request with %s', (_, body, expected) => {
    expect(sent(body, 50).text).toBe(expected)
  })
})

test('a body without changes has the caller’s own bytes', () => {
  const body = '{ "contents" : [ ] , "x" : 1.50 }'
  expect(sent(body).text).toBe(body)
})

test.each([
  ['/models/m:generateContent', '/v1beta/models/gemini-x:generateContent'],
  ['/models/m:streamGenerateContent', '/v1beta/models/gemini-x:streamGenerateContent?alt=sse'],
  ['/models/m:countTokens', '/v1beta/models/gemini-x:countTokens'],
])('%s goes to %s', (path, expected) => {
  expect(sent({ contents: [] }, undefined, path).path).toBe(expected)
})

test.each([
  ['/models/gemini-2.5-flash:generateContent', 'gemini-2.5-flash'],
  ['/google/gemini-2.5-flash:generateContent', 'google/gemini-2.5-flash'],
  ['/models/google%2Fgemini-2.5-flash:generateContent', 'google/gemini-2.5-flash'],
  ['/models/models/x:y:generateContent', 'x:y'],
])('the path %s names the model %s', (path, model) => {
  expect(addressOf(path)).toEqual({ model, method: 'generateContent' })
})

test.each(['/models/m', '/models/m:embedText', '/models/:generateContent', '/models/%E0:generateContent'])(
  'the path %s is refused',
  (path) => {
    expect(() => addressOf(path)).toThrow()
  },
)

test('a model’s name cannot change the rest of the path', () => {
  expect(pathOf({ model: 'a?b#c/d', method: 'generateContent' })).toBe(
    '/v1beta/models/a%3Fb%23c/d:generateContent',
  )
  for (const model of ['../../v1beta/files', 'a/../b', 'a//b', '.'])
    expect(() => pathOf({ model, method: 'generateContent' })).toThrow('model')
})
