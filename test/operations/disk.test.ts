// The disk is full, read-only, or returns other data than was written.

import { afterEach, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { segmentName } from '../../src/gateway/record/journal-format.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { faultyFiles, type Fault } from '../journal/kit.ts'
import { said, scenes } from '../journeys/scene.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { budgetsOf, chargedBy, inDoubt, spentBy } from './money.ts'
import { endAll, eventually, launch, newFolder, readAll, spawnGateway } from './process.ts'

const { provider: newProvider, start } = scenes()
afterEach(endAll)

const configFor = (provider: FakeProvider, amount = '1') => `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }
teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: ${amount}, per: total } ] } }
`
const request = { model: 'fast', max_tokens: 50, messages: said('Hi') }
const events = chat.stream(['Hel', 'lo']).split(/(?<=\n\n)/)

test(
  'on a full disk running calls close, new ones are refused in the client’s dialect with the reason, and service resumes with free space',
  async () => {
    const faults: Fault[] = []
    const clock = createFakeClock(Date.UTC(2026, 10, 23, 12))
    const provider = await newProvider()
    const { gatehouse } = await start({ config: configFor(provider), files: faultyFiles(faults), clock })
    const received = behave.manual()
    provider.next(received)
    const calling = gatehouse.chat({ ...request, stream: true })
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    received.push(events.slice(0, 2).join(''))
    const response = await calling
    const reading = readAll(response)

    // the disk accepts nothing until the ballast is freed, and then only the ballast's space
    faults.push({ on: 'write', code: 'ENOSPC', times: 1 })
    const sent = provider.requests.length
    const first = gatehouse.chat(request)
    const ready = () =>
      fetch(`${gatehouse.url}/readyz`).then(async (responses) => ({
        status: responses.status,
        ...((await responses.json()) as { reasons: string[] }),
      }))
    const state = await eventually('it says that the disk is full', async () => {
      const now = await ready()
      return now.status === 503 && now
    })
    expect(state.reasons).toEqual(['journal: the disk has no space for the journal'])
    const refused = await gatehouse.chat(request)
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({
      error: { code: 'overloaded', message: expect.stringContaining('records') },
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    // admitted callers are served in full; no other caller reaches the provider
    expect((await first).status).toBe(200)
    expect(provider.requests.length).toBe(sent + 1)
    for (const event of events.slice(2)) received.push(event)
    received.end()
    expect(await reading).toEqual({ text: events.join(''), isWhole: true })

    await eventually('it takes calls again', async () => {
      clock.advance(1_000)
      return (await ready()).status === 200
    })
    const again = await gatehouse.chat(request)
    expect(again.status).toBe(200)
    clock.advance(1_000)
    for (const one of [response, await first, again])
      expect(await gatehouse.record(one.headers.get('x-gatehouse-exchange'))).toMatchObject({ outcome: 'ok' })
  },
  { timeout: 20_000, retry: 4 },
)

test('no byte goes to a provider before the journal has the call, and no last byte to the caller before it has the record', async () => {
  let held: PromiseWithResolvers<void> | undefined
  const provider = await newProvider()
  const { gatehouse } = await start({
    config: configFor(provider),
    files: faultyFiles([], { gate: () => held?.promise ?? Promise.resolve() }),
  })
  const hold = () => void (held = Promise.withResolvers())
  const release = () => {
    held?.resolve()
    held = undefined
  }
  /** Round trips to the same process: by their end it has done everything that does not need the disk. */
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await fetch(`${gatehouse.url}/healthz`)
  }
  const sent = () => provider.requests.filter(({ path }) => path.endsWith('/chat/completions')).length

  for (const stream of [true, false]) {
    const before = sent()
    const received = behave.manual()
    provider.next(received)
    hold()
    const calling = gatehouse.chat({ ...request, stream })
    await turns()
    expect(sent()).toBe(before)
    release()
    await received.started
    hold()
    let text = ''
    let isOver = false
    const reading = calling.then(async (response) => {
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
      isOver = true
    })
    if (stream) {
      received.head(200, { 'content-type': 'text/event-stream' })
      for (const event of events) received.push(event)
      received.end()
      await eventually('the answer has begun', () => Promise.resolve(text.includes('"lo"')))
    } else {
      const body = JSON.stringify(chat.completion('Hello'))
      received.head(200, { 'content-type': 'application/json', 'content-length': String(body.length) })
      received.push(body)
    }
    await turns()
    expect([isOver, text.includes('[DONE]'), text.endsWith('}')]).toEqual([false, false, false])
    release()
    await reading
    expect(text).toEndWith(stream ? 'data: [DONE]\n\n' : '}')
  }
})

test('the journal leaves a failing disk file for a new segment, and no record is lost', async () => {
  const faults: Fault[] = []
  const provider = await newProvider()
  const { gatehouse } = await start({ config: configFor(provider), files: faultyFiles(faults) })
  expect((await gatehouse.chat(request)).status).toBe(200)
  faults.push({ on: 'sync', code: 'EIO', times: 1 })
  expect((await gatehouse.chat(request)).status).toBe(200)
  await eventually('the fault has struck', () => Promise.resolve(faults[0]?.times === 0))
  expect((await gatehouse.chat(request)).status).toBe(200)
  expect(await gatehouse.records(3)).toHaveLength(3)
  expect(gatehouse.log.join('')).toContain('takes up what segment')
})

describe('at the start', () => {
  const config = 'providers: { demo: { kind: demo } }\nmodels: { fast: demo/echo }\n'

  async function refusal(options: Parameters<typeof launch>[0]): Promise<string> {
    const { exited, said: output } = launch(options)
    expect(await exited).toBe(1)
    // a readable message: no stack, and nothing was promised
    expect(output.text).not.toMatch(/\n\s+at |listening/)
    return output.text
  }
  const folderWith = (name: string, text: string) => {
    const folder = newFolder()
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data', name), text)
    return folder
  }

  test('flipped bits in the journal are set aside, money stays in doubt, the other records are kept, and the gateway serves', async () => {
    const provider = await newProvider()
    const before = await spawnGateway({ config: configFor(provider, '0.01') })
    for (let call = 0; call < 5; call += 1) expect((await before.chat(request)).status).toBe(200)
    before.signal('SIGKILL')
    await before.exited
    const journal = join(before.folder, 'data', 'journal')
    const segment = readdirSync(journal).find((name) => name.endsWith('.journal')) ?? ''
    const bytes = readFileSync(join(journal, segment))
    // one bit in the middle of the third line
    const line = bytes.indexOf('\n', bytes.indexOf('\n', bytes.indexOf('\n') + 1) + 1) - 40
    bytes[line] = (bytes[line] ?? 0) ^ 1
    writeFileSync(join(journal, segment), bytes)

    const after = await spawnGateway({ folder: before.folder, config: configFor(provider, '0.01') })
    const ready = await eventually('it warns', async () => {
      const state = await after.ready()
      return state.warnings.length > 0 && state
    })
    expect(ready).toMatchObject({ status: 200, reasons: [] })
    expect(ready.warnings.join()).toContain('quarantine')
    expect(readdirSync(join(journal, 'quarantine')).length).toBeGreaterThan(0)
    const records = await eventually('the others are there', async () => {
      const all = await after.records()
      return all.length >= 5 && all
    })
    // the exchange of the damaged line is there once more: interrupted, at its maximum cost, unless its own
    // close was read
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
    expect(spentBy(await budgetsOf(after))).toEqual(chargedBy(records))
    expect(inDoubt(await budgetsOf(after))).toBeGreaterThan(0n)
    // and the money that is not in doubt can be spent
    expect([200, 429]).toContain((await after.chat(request)).status)
    after.signal('SIGTERM')
    expect(await after.exited).toBe(0)
  }, 20_000)

  test('a journal that is entirely unreadable is set aside as a whole', async () => {
    const folder = newFolder()
    mkdirSync(join(folder, 'data', 'journal'), { recursive: true })
    writeFileSync(join(folder, 'data', 'journal', segmentName(1)), 'garbage that nobody wrote\n'.repeat(50))
    const node = await spawnGateway({ folder, config })
    expect((await node.chat(request)).status).toBe(200)
    expect(readdirSync(join(folder, 'data', 'journal', 'quarantine'))).toEqual(['epoch-0-segment-1-0'])
  }, 10_000)

  test('an unreadable snapshot is written again', async () => {
    const folder = folderWith('snapshot.json', '\0\0{"version"')
    const node = await spawnGateway({ folder, config })
    expect((await node.chat(request)).status).toBe(200)
    expect(JSON.parse(readFileSync(join(folder, 'data', 'snapshot.json'), 'utf8'))).toHaveProperty('version')
  }, 10_000)

  test('an unrecoverable failure is an error that names the file and the fix', async () => {
    const cases: [string, string, RegExp][] = [
      ['holder.json', '{"holder', /data\/holder\.json cannot be read; remove it to start as a new holder/],
      [
        'gatehouse.db',
        'no database '.repeat(1_000),
        /data\/gatehouse\.db cannot be opened: .*NOTADB; bring back a backup/,
      ],
      ['lock.db', 'no database '.repeat(1_000), /the data folder \S+\/data cannot be used/],
      ['secret.key', 'short', /data\/secret\.key has no complete key/],
    ]
    const said = await Promise.all(
      cases.map(([name, text]) => refusal({ folder: folderWith(name, text), config })),
    )
    for (const [index, [, , words]] of cases.entries()) expect(said[index]).toMatch(words)
  }, 15_000)

  test('an unwritable data folder is an error that names it', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'data'), 'a file where the folder should be')
    expect(await refusal({ folder, config })).toMatch(/the data folder \S+\/data cannot be used/)

    const readOnly = newFolder()
    mkdirSync(join(readOnly, 'data'))
    chmodSync(readOnly, 0o755)
    chmodSync(join(readOnly, 'data'), 0o555)
    // the superuser may write anywhere, so the process first becomes the user nobody
    const wrap =
      process.getuid?.() === 0 && existsSync('/usr/bin/setpriv')
        ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
        : []
    if (process.getuid?.() !== 0 || wrap.length > 0)
      expect(await refusal({ folder: readOnly, config, wrap })).toMatch(
        /the data folder \S+\/data cannot be used/,
      )
  }, 15_000)
})
