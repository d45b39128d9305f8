// If a provider repeats our credential in its error, the caller must not see it.

import { expect, test } from 'bun:test'
import { scenes } from '../journeys/scene.ts'
import { behave, chat } from '../upstreams/index.ts'

const { provider: newProvider, start } = scenes('file')

const key = 'sk-our-own-key-at-the-provider-0123456789'
const fake = await newProvider()
const { gatehouse } = await start({
  config: `providers:
  plain: { kind: openai-compatible, url: "${fake.url}", key: "\${UPSTREAM_KEY}" }
  other: { kind: openai-compatible, url: "${fake.url}", credential: { kind: bearer, key: "\${UPSTREAM_KEY}", header: x-token } }`,
  env: { UPSTREAM_KEY: key },
})

test.each(
  ['plain', 'other'].flatMap((provider) =>
    [400, 401, 403, 404, 422].map((status) => [provider, status] as const),
  ),
)('the credential of %s does not reach the caller in a response with status %i', async (provider, status) => {
  fake.next(
    behave.json(
      chat.error(`Incorrect API key provided: ${key}. You sent "Bearer ${key}".`, 'invalid_request_error'),
      {
        status,
        headers: { 'x-seen-token': key },
      },
    ),
  )
  const response = await gatehouse.chat({ model: `${provider}/m-${status}`, messages: [] })
  expect(response.status).toBeGreaterThanOrEqual(400)
  expect(await response.text()).not.toContain(key)
  expect(JSON.stringify([...response.headers])).not.toContain(key)
  expect(gatehouse.log.join('')).not.toContain(key)
})
