// Base URLs as operators write them. Any version at the end is joined once.

import { expect, test } from 'bun:test'
import { joinedOnce, urlMistake } from './base-url.ts'

test.each([
  ['https://api.anthropic.com', '/v1/messages', '/v1/messages'],
  ['https://api.anthropic.com/v1', '/v1/messages', '/messages'],
  ['https://api.anthropic.com/v1/', '/v1/messages', '/messages'],
  ['https://proxy.example/anthropic/v1', '/v1/models?limit=1000', '/models?limit=1000'],
  ['https://proxy.example/v1/anthropic', '/v1/messages', '/v1/messages'],
  ['https://proxy.example/v1x', '/v1/messages', '/v1/messages'],
  [
    'https://generativelanguage.googleapis.com/v1beta',
    '/v1beta/models/m:generateContent',
    '/models/m:generateContent',
  ],
  [
    'https://generativelanguage.googleapis.com/v1',
    '/v1beta/models/m:generateContent',
    '/models/m:generateContent',
  ],
  [
    'https://generativelanguage.googleapis.com/v1alpha',
    '/v1beta/models?pageSize=1000',
    '/models?pageSize=1000',
  ],
])('below %s, %s is %s', (base, path, joined) => {
  expect(joinedOnce(base)(path)).toBe(joined)
})

test.each<[string, boolean, RegExp | undefined]>([
  ['https://api.anthropic.com', true, undefined],
  ['https://api.anthropic.com/v1', true, /ends in \/v1,/],
  ['https://api.openai.com/v1', false, undefined],
  ['https://api.openai.com/v1/chat/completions', false, /names an operation/],
  ['https://api.anthropic.com/v1/messages', true, /names an operation/],
])('check says of %s (version added: %p): %p', (baseUrl, addsVersion, message) => {
  const mistake = urlMistake({ baseUrl, options: {} }, 'https://usual.example', addsVersion)
  if (message === undefined) expect(mistake).toBeUndefined()
  else
    expect(mistake).toMatchObject({ at: 'url', severity: 'warning', message: expect.stringMatching(message) })
})
