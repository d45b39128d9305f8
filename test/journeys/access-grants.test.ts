// Access to models: nothing is allowed without a grant, denials take precedence, and ungranted models do not
// exist for the caller.

import { beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { FakeProvider } from '../upstreams/index.ts'
import { chatsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let provider: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

const secrets = ['strangers', 'readers', 'narrow', 'writers', 'picky'].map(
  (name) => [name, `gh_secret-of-${name}-0123456789`] as const,
)
const secretOf = (name: string) => secrets.find(([known]) => known === name)?.[1] ?? ''

beforeAll(async () => {
  provider = await newProvider()
  const price = 'price: { input: 1, output: 2 }'
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, ${price} } ] }
  pair: { targets: [ { target: fake/costly, ${price} }, { target: fake/cheap, ${price} } ] }
  deep: { targets: [ { target: fake/costly, ${price} } ] }
teams:
  company: { deny: { models: [ "fake/forbidden" ] } }
  strangers: { parent: company }
  readers: { parent: company, allow: { models: [ fast, pair ] } }
  writers: { parent: company, allow: { models: [ "*", "*/*" ] } }
  picky: { parent: writers, deny: { models: [ "fake/costly", fast ] } }
keys:
${secrets.map(([name]) => `  ${name}: { team: ${name === 'narrow' ? 'writers, allow: { models: [ pair ] }' : name}, secret: "\${${name.toUpperCase()}}" }`).join('\n')}`
  const env = Object.fromEntries(secrets.map(([name, secret]) => [name.toUpperCase(), secret]))
  ;({ gatehouse, client } = await start({ config, env }))
  // the provider's own models are listed as soon as they are discovered
  for (let tries = 0; tries < 500; tries += 1)
    if ((await listed('writers')).includes('fake/fake-model')) break
})

const listed = async (key: string) =>
  (await client({ key: secretOf(key) }).models.list()).data.map(({ id }) => id).sort()

/** The target that responded, or the error's code. */
async function ask(key: string, model: string): Promise<string> {
  const asking = client({ key: secretOf(key) }).chat.completions.create({ model, messages: said('Hi') })
  try {
    const { response } = await asking.withResponse()
    return response.headers.get('x-gatehouse-target') ?? ''
  } catch (thrown) {
    if (thrown instanceof OpenAI.APIError) return `${thrown.status} ${thrown.code}`
    throw thrown
  }
}

test.each([
  ['strangers', 'fast', '404 model_not_found'],
  ['strangers', 'fake/fake-model', '404 model_not_found'],
  ['readers', 'fast', 'fake/fake-model'],
  ['readers', 'deep', '404 model_not_found'],
  ['readers', 'fake/fake-model', '404 model_not_found'],
  ['narrow', 'pair', 'fake/costly'],
  ['narrow', 'fast', '404 model_not_found'],
  ['writers', 'fake/fake-model', 'fake/fake-model'],
  ['writers', 'fake/whatever', 'fake/whatever'],
  ['writers', 'fake/forbidden', '404 model_not_found'],
  ['picky', 'fast', '404 model_not_found'],
  ['picky', 'pair', 'fake/cheap'],
  ['picky', 'deep', '404 model_not_found'],
  ['picky', 'fake/costly', '404 model_not_found'],
  ['picky', 'fake/cheap', 'fake/cheap'],
])('%s ask for %s: %s', async (key, model, outcome) => {
  const before = chatsOf(provider).length
  expect(await ask(key, model)).toBe(outcome)
  expect(chatsOf(provider)).toHaveLength(before + (outcome.startsWith('404') ? 0 : 1))
})

test('the list of models has exactly the models that the key may use', async () => {
  expect(await listed('strangers')).toEqual([])
  expect(await listed('readers')).toEqual(['fast', 'pair'])
  expect(await listed('narrow')).toEqual(['pair'])
  expect(await listed('writers')).toEqual([
    'deep',
    'fake/cheap',
    'fake/costly',
    'fake/fake-model',
    'fast',
    'pair',
  ])
  expect(await listed('picky')).toEqual(['fake/cheap', 'fake/fake-model', 'pair'])
})

test('a caller cannot distinguish an ungranted model from a missing one; an administrator can', async () => {
  const refusalOf = async (model: string) => {
    const refused = await thrownBy(
      client({ key: secretOf('readers') }).chat.completions.create({ model, messages: said('Hi') }),
    )
    return refused instanceof OpenAI.APIError ? refused.message.replaceAll(model, 'MODEL') : ''
  }
  expect(await refusalOf('deep')).toBe(await refusalOf('nowhere'))
  const { body } = await gatehouse.admin('/explain?key=picky&model=fast')
  expect(JSON.stringify(body)).toContain('teams.picky.deny.models[1]')
})
