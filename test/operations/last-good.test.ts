// `serve --last-good`: an edit that broke the file must not turn the next restart into an outage.

import { afterEach, expect, test } from 'bun:test'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { completed } from '../journeys/gateway.ts'
import { endAll, eventually, launch, newFolder, spawnGateway } from './process.ts'

const providers: FakeProvider[] = []
afterEach(async () => {
  await endAll()
  for (const provider of providers.splice(0)) await provider.close()
})

const request = { model: 'fast', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }

async function ranOnce() {
  const provider = await fakeProvider()
  providers.push(provider)
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-literal-of-the-file }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }
`
  const folder = newFolder()
  const node = await spawnGateway({ folder, config })
  expect((await node.chat(request)).status).toBe(200)
  node.signal('SIGKILL')
  await node.exited
  return { provider, config, folder, broken: config.replace('targets:', 'tragets:') }
}

test('with --last-good a broken file is reported and the last active rules serve (keys, secrets, admin key) until it is fixed', async () => {
  const { provider, config, folder, broken } = await ranOnce()
  const node = await spawnGateway({ folder, config: broken, arguments: ['--last-good'] })
  await eventually('it says why', () =>
    Promise.resolve(/gatehouse\.yaml:8:\d+ error: .*tragets/.test(node.said())),
  )
  expect((await node.chat(request)).status).toBe(200)
  expect(provider.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-literal-of-the-file')
  expect((await node.chat(request, { key: 'gh_nobody' })).status).toBe(401)
  expect((await node.ready()).warnings.join()).toContain('the last edit has mistakes')
  expect((await node.admin('/configuration')).body).toMatchObject({
    rejectedAt: expect.any(String),
    problems: expect.arrayContaining([expect.objectContaining({ line: 8, path: 'models.fast.tragets' })]),
  })

  writeFileSync(node.configPath, completed(config.replace('  fast:', '  slow: fake/fake-model\n  fast:')))
  await eventually('the mended file is in force', async () => (await node.ready()).warnings.length === 0)
  expect((await node.chat({ ...request, model: 'slow' })).status).toBe(200)
}, 20_000)

test('--last-good treats a missing file and invalid YAML like a broken file, and accepts the folder by name', async () => {
  const { folder, config } = await ranOnce()
  const elsewhere = newFolder()
  cpSync(join(folder, 'data'), join(elsewhere, 'kept'), { recursive: true })
  const node = await spawnGateway({
    folder: elsewhere,
    config: `${config}\n  : [`,
    arguments: ['--last-good', join(elsewhere, 'kept')],
  })
  expect((await node.chat(request)).status).toBe(200)
  rmSync(elsewhere, { recursive: true })
}, 20_000)

test('without --last-good a broken file prevents the start, and with it a damaged copy of the last rules does too', async () => {
  const { folder, broken } = await ranOnce()
  const refused = launch({ folder, config: broken })
  expect(await refused.exited).toBe(1)
  expect(refused.said.text).toContain('nothing was started')

  const path = join(folder, 'data', 'snapshot.json')
  const kept = readFileSync(path, 'utf8')
  expect(kept).not.toContain('sk-literal-of-the-file')
  // a user opens the permissions by hand
  const widened = kept.replace('"allow":{"models":["*"', '"allow":{"models":["x"')
  expect(widened).not.toBe(kept)
  writeFileSync(path, widened)
  const damaged = launch({ folder, config: broken, arguments: ['--last-good'] })
  expect(await damaged.exited).toBe(1)
  expect(damaged.said.text).toContain('are damaged or were changed by hand')
}, 20_000)
