// Kept responses when the process is killed, when their file is damaged or cannot be created, and what an
// attacker can read on the disk.

import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { testerKey } from '../journeys/gateway.ts'
import { thrownBy } from '../journeys/scene.ts'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { endAll, eventually, type GatewayProcess, newFolder, spawnGateway } from './process.ts'

const providers: FakeProvider[] = []
afterAll(async () => {
  await endAll()
  for (const provider of providers) await provider.close()
})

async function world(response: string) {
  const provider = await fakeProvider()
  providers.push(provider)
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  provider.always(behave.json(chat.completion(response)))
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: upstream-key }
models:
  fast: fake/fake-model
`
  return { provider, config, folder: newFolder() }
}

const sdk = ({ url }: GatewayProcess) =>
  new OpenAI({ apiKey: testerKey, baseURL: `${url}/v1`, maxRetries: 0 })

/** The number of written responses. Another process may look, because the database is in WAL mode. */
function onDisk(folder: string): number {
  if (!existsSync(join(folder, 'data', 'kept.db-wal'))) return 0
  const database = new Database(join(folder, 'data', 'kept.db'), { readonly: true })
  try {
    return database.query<{ things: number }, []>('SELECT COUNT(*) AS things FROM thing').get()?.things ?? 0
  } catch {
    // the file is being created
    return 0
  } finally {
    database.close()
  }
}

const filesOf = (folder: string) =>
  readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => ({
      name: file.name,
      mode: statSync(join(file.parentPath, file.name)).mode & 0o777,
      text: readFileSync(join(file.parentPath, file.name), 'latin1'),
    }))

test('a kept conversation continues after kill -9; the disk has no readable text of it, and nothing after it is deleted', async () => {
  const { provider, config, folder } = await world('Hello Ann of the marked answer.')
  const first = await spawnGateway({ config, folder })
  const made = await sdk(first).responses.create({ model: 'fast', input: 'I am Ann of the marked question.' })
  await eventually('it is written', () => Promise.resolve(onDisk(folder) === 1))
  first.signal('SIGKILL')
  await first.exited
  const files = filesOf(folder)
  expect(files.filter(({ text }) => /marked (?:answer|question)/.test(text)).map(({ name }) => name)).toEqual(
    [],
  )
  expect(files.filter(({ name, mode }) => /^(?:kept\.db|handle\.keys)/.test(name) && mode !== 0o600)).toEqual(
    [],
  )
  expect(files.map(({ name }) => name)).toContain('handle.keys')

  const second = await spawnGateway({ config, folder })
  const [secret = ''] = readFileSync(join(folder, 'data', 'handle.keys'), 'utf8').split('\n')
  expect((await sdk(second).responses.retrieve(made.id)).output_text).toBe('Hello Ann of the marked answer.')
  await sdk(second).responses.create({ model: 'fast', input: 'Who am I?', previous_response_id: made.id })
  expect(provider.requests.at(-1)?.json().messages).toHaveLength(3)
  await eventually('both are written', () => Promise.resolve(onDisk(folder) === 2))
  await sdk(second).responses.delete(made.id)
  expect(onDisk(folder)).toBe(1)
  second.signal('SIGTERM')
  expect(await second.exited).toBe(0)
  expect(first.said() + second.said()).not.toContain(secret)
  expect(filesOf(folder).filter(({ name, text }) => name !== 'handle.keys' && text.includes(secret))).toEqual(
    [],
  )

  const third = await spawnGateway({ config, folder })
  expect(await thrownBy(sdk(third).responses.retrieve(made.id))).toBeInstanceOf(OpenAI.NotFoundError)
}, 60_000)

test('responses that clients received before a kill under load are kept, except those of the last moments', async () => {
  const { config, folder } = await world('Hello.')
  const first = await spawnGateway({ config, folder })
  const client = sdk(first)
  const seen: string[] = []
  const calls = Array.from({ length: 8 }, async () => {
    for (;;) {
      const made = await client.responses.create({ model: 'fast', input: 'Hi' }).catch(() => undefined)
      if (!made) return
      seen.push(made.id)
      if (seen.length === 150) first.signal('SIGKILL')
    }
  })
  await Promise.all([...calls, first.exited])
  const second = await spawnGateway({ config, folder })
  const missing: number[] = []
  for (const [index, id] of seen.entries())
    if (
      await sdk(second)
        .responses.retrieve(id)
        .then(
          () => false,
          () => true,
        )
    )
      missing.push(index)
  // the missing ones are the last ones
  expect(missing).toEqual(missing.map((_, index) => seen.length - missing.length + index))
  expect(missing.length).toBeLessThan(seen.length / 2)
}, 60_000)

test.each([
  ['damaged', (path: string) => writeFileSync(path, 'x'.repeat(5_000))],
  ['a folder', (path: string) => mkdirSync(path)],
])(
  'a file of kept responses that is %s costs no call: new responses are known for a while, older ones are unavailable',
  async (_how, spoil) => {
    const { config, folder } = await world('Hello.')
    const first = await spawnGateway({ config, folder })
    const old = await sdk(first).responses.create({ model: 'fast', input: 'Hi' })
    first.signal('SIGTERM')
    await first.exited
    for (const name of readdirSync(join(folder, 'data')))
      if (name.startsWith('kept.db')) await Bun.file(join(folder, 'data', name)).delete()
    spoil(join(folder, 'data', 'kept.db'))
    const second = await spawnGateway({ config, folder })
    const made = await sdk(second).responses.create({ model: 'fast', input: 'Hi' })
    expect((await sdk(second).responses.retrieve(made.id)).output_text).toBe('Hello.')
    expect(await thrownBy(sdk(second).responses.retrieve(old.id))).toMatchObject({
      status: 503,
      code: 'state_unavailable',
    })
    expect(
      await thrownBy(
        sdk(second).responses.create({ model: 'fast', input: 'x', previous_response_id: old.id }),
      ),
    ).toMatchObject({ status: 503 })
    expect((await second.ready()).status).toBe(200)
    expect(second.said()).toContain('kept.db')
  },
  60_000,
)

test('a truncated file of secrets ends the start with a message that names the fix', async () => {
  const { config, folder } = await world('Hello.')
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data', 'handle.keys'), 'short\n')
  expect(String(await thrownBy(spawnGateway({ config, folder })))).toMatch(
    /handle\.keys does not hold a secret.*restore it from a backup/,
  )
  expect(
    String(
      await thrownBy(spawnGateway({ config, folder: newFolder(), env: { GATEHOUSE_HANDLE_KEYS: 'short' } })),
    ),
  ).toMatch(/openssl rand -hex 32/)
}, 60_000)
