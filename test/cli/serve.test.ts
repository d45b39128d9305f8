// The whole life of a gateway through bin/gatehouse: serve a configuration, create a key, call, read the
// records, break an edit, revoke, stop.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, start } from './command.ts'

const rules = `version: 1
listen: 127.0.0.1:0
providers: { demo: { kind: demo } }
models: { fast: demo/echo }
teams:
  research: { allow: { models: [fast] }, budgets: [ { amount: 5, per: month } ] }
`
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-serve-'))
  writeFileSync(join(folder, 'gatehouse.yaml'), rules)
})
afterAll(() => rmSync(folder, { recursive: true }))

test('an administrator runs a gateway by the command line alone', async () => {
  const gateway = start(['serve'], { cwd: folder, env: { GATEHOUSE_ADMIN_KEY: '' } })
  try {
    const banner = await readUntil(gateway.stdout, /gha_[\w-]{43}[\s\S]*demo/)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(banner)?.[0] ?? ''
    const env = { GATEHOUSE_ADMIN_KEY: /gha_[\w-]{43}/.exec(banner)?.[0] ?? '' }
    const gatehouse = (...args: string[]) => run(args, { url, env, cwd: folder })

    const secret = (
      await gatehouse('keys', 'create', 'ci', '--team', 'research', '--budget', '1/day')
    ).stdout.trim()
    const call = () =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'fast',
          max_tokens: 20,
          messages: [{ role: 'user', content: 'planted-content' }],
        }),
      })

    const tail = start(['tail', '--json'], { url, env })
    const tailed = tail.stdout.getReader()
    // The tail shows only calls after its opening. Repeat the call until the tail shows one.
    const first = tailed.read()
    const seen = { isOver: false }
    void first.then(() => (seen.isOver = true))
    let calls = 0
    while (!seen.isOver) {
      expect((await call()).status).toBe(200)
      calls += 1
    }
    const line = new TextDecoder().decode((await first).value).split('\n')[0] ?? ''
    expect(JSON.parse(line)).toMatchObject({ key: 'ci', target: 'demo/echo', outcome: 'ok' })
    expect(line).not.toContain('planted-content')

    const exchanges = async () =>
      Number(JSON.parse((await gatehouse('usage', '--by', 'key', '--json')).stdout).total.exchanges)
    while ((await exchanges()) < calls) continue
    const budgets = JSON.parse((await gatehouse('budgets', '--json')).stdout).budgets
    expect(budgets.map((one: { id: string }) => one.id)).toEqual([
      'key/ci/day/usd',
      'team/research/month/usd',
    ])
    const id = JSON.parse((await gatehouse('records', 'list', '--limit', '1', '--json')).stdout).records[0].id
    expect((await gatehouse('records', 'show', id)).stdout).toContain('demo/echo')
    expect((await gatehouse('explain', 'ci', 'demo/echo')).code).toBe(1)
    expect((await gatehouse('doctor')).stdout).toMatch(/ok +provider demo: ready/)

    writeFileSync(join(folder, 'gatehouse.yaml'), rules.replace('allow: { models: [fast] }', 'alow: {}'))
    const reload = await gatehouse('config', 'reload')
    expect(reload.code).toBe(1)
    expect(reload.stderr).toMatch(/gatehouse\.yaml:6:\d+ error: .*alow/)
    expect((await gatehouse('check')).code).toBe(1)
    expect((await call()).status).toBe(200)

    expect((await gatehouse('keys', 'revoke', 'ci')).code).toBe(0)
    expect((await call()).status).toBe(401)

    gateway.kill('SIGTERM')
    expect(await gateway.exited).toBe(0)
    expect(await tail.exited).toBe(3)
    expect((await gatehouse('keys', 'list')).code).toBe(3)
  } finally {
    gateway.kill('SIGKILL')
    await gateway.exited
  }
}, 30_000)

test('a gateway whose configuration has mistakes does not start and lists each mistake', async () => {
  const path = join(folder, 'broken.yaml')
  writeFileSync(path, 'version: 1\nmodels: { fast: demo/echo }\nteems: {}\n')
  const broken = await run(['serve', '--config', path], { cwd: folder })
  expect(broken.code).toBe(1)
  expect(broken.stderr).toMatch(/broken\.yaml:3:\d+ error: .*teems/)
  expect(broken.stderr).toContain('nothing was started')
})

async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    if (pattern.test(text)) return text
  }
  throw new Error(`the gateway ended after: ${text.replaceAll(/gha?_[\w-]+/g, '…')}`)
}

test('SIGHUP reloads the configuration and reports the result, and the gateway keeps running', async () => {
  const own = mkdtempSync(join(tmpdir(), 'gatehouse-hangup-'))
  const path = join(own, 'gatehouse.yaml')
  writeFileSync(path, rules)
  const gateway = start(['serve'], { cwd: own })
  try {
    await readUntil(gateway.stdout, /listening on/)
    const log = lines(gateway.stderr)
    const hangUp = async () => {
      gateway.kill('SIGHUP')
      for (;;) {
        const { value = '', done } = await log.next()
        if (done) throw new Error('the gateway ended')
        if (value.includes('SIGHUP')) return value
      }
    }
    expect(await hangUp()).toBe('gatehouse: SIGHUP: the configuration did not change')
    writeFileSync(path, 'version: 7')
    expect(await hangUp()).toContain('the last good one stays active')
  } finally {
    gateway.kill('SIGTERM')
    expect(await gateway.exited).toBe(0)
    rmSync(own, { recursive: true })
  }
})

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const parts = (text + decoder.decode(chunk, { stream: true })).split('\n')
    text = parts.pop() ?? ''
    yield* parts
  }
}
