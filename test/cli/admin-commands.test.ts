// Tests the commands that call a running gateway. They are spawned against a real server on loopback.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { adminActor } from '../../src/contract/actor.ts'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminKey, record, type World, world } from '../admin/world.ts'
import { binary, type RunOptions, run, start } from './command.ts'

let here: World
let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => void (here = world()))
afterEach(() => here.stop())

const gatehouse = (...args: string[]) => run(args, { url: here.url })
const given = (options: RunOptions, ...args: string[]) => run(args, { url: here.url, ...options })

describe('keys', () => {
  test('keys are created, listed, rotated, revoked and deleted, and only the secret is on stdout', async () => {
    const created = await gatehouse(
      'keys',
      'create',
      'ci',
      '--team',
      'research',
      '--allow',
      'gemini/*',
      '--budget',
      '50/month',
      '--tag',
      'cost=r42',
      '--requests',
      '600/min',
    )
    expect(created.code).toBe(0)
    expect(created.stdout).toMatch(/^gh_[\w-]{43}\n$/)
    expect(created.stderr).toContain('shown only once')
    expect(created.stderr).toContain('note: allow.models "gemini/*" goes beyond')
    expect(here.directory.byId('ci')).toMatchObject({
      tags: { cost: 'r42' },
      budgets: [{ amount: '50000000000' }],
      limits: { requests: { amount: 600 } },
    })

    const listed = await gatehouse('keys', 'list')
    expect(listed.stdout.split('\n')).toEqual([
      'KEY        TEAM      STATE   OWNER  CREATED     EXPIRES  SECRETS  BUDGETS',
      'ci         research  active  admin  2026-11-23  -              1  50.00 usd/month',
      'from-file  research  active  file   2026-01-01  -              1  -',
      '',
    ])

    const rotated = await gatehouse('keys', 'rotate', 'ci', '--overlap', '2h')
    expect(rotated.stdout).toMatch(/^gh_/)
    expect(rotated.stdout).not.toBe(created.stdout)
    expect((await gatehouse('keys', 'revoke', 'ci')).stdout).toBe('revoked ci\n')
    expect(JSON.parse((await gatehouse('keys', 'delete', 'ci', '--json')).stdout)).toEqual({ deleted: 'ci' })
    expect(here.directory.byId('ci')).toBeUndefined()
  })

  test('keys as JSON are complete, including fields of newer gateways', async () => {
    const { stdout, code } = await gatehouse('keys', 'create', 'ci', '--team', 'research', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ key: { id: 'ci' }, secret: expect.stringMatching(/^gh_/) })
  })

  test('a refused key command ends with exit code 1 and prints the message of the gateway', async () => {
    const refused = await gatehouse('keys', 'create', 'ci', '--team', 'reserch')
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'gatehouse: team "reserch" does not exist; did you mean "research"?\n',
    })
    const json = await gatehouse('keys', 'rotate', 'from-file', '--json')
    expect(json).toMatchObject({ code: 1, stdout: '' })
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'owned-by-file', status: 409 } })
  })
})

describe('runs and latencies', () => {
  test('runs are listed, and one run is shown as a tree', async () => {
    const root = record(10, { run: 'ci:r1' })
    here.records.held = [
      root,
      record(20, {
        run: 'ci:r1',
        kind: 'tool.call',
        resource: { kind: 'tool', name: 'github/search' },
        parent: root.id,
        depth: 1,
      }),
    ]
    const listed = await gatehouse('runs', 'list', '--calls', '2')
    expect(listed.stdout.split('\n')[1]).toMatch(
      /^2026-11-23T09:00:00.010Z {2}ci:r1 +research +2 +0 +1 +\$0.003 +ok$/,
    )
    const shown = await gatehouse('runs', 'show', 'ci:r1')
    expect(shown.stdout).toMatch(/calls +2, 0 of them failed/)
    expect(shown.stdout).toMatch(/ {2}model.generate fast +demo\/echo +ok/)
    expect(shown.stdout).toMatch(/ {4}tool.call github\/search +demo\/echo +ok/)
    expect((await gatehouse('runs', 'show', 'none')).code).not.toBe(0)
    const latency = await gatehouse('latency', '--from', '2026-11-23')
    expect(latency.stdout.split('\n')[2]).toMatch(/^demo\/echo +2 +1\d(\.\d)? /)
  })

  test('lists and the tail have the same record filters, and a search that stopped early says so', async () => {
    here.records.held = [
      record(1),
      record(2, { tags: { cost: 'r42' }, policies: [{ name: 'inside', effect: 'only' }] }),
    ]
    const ids = async (...filter: string[]) =>
      (
        JSON.parse((await gatehouse('records', 'list', ...filter, '--json')).stdout) as {
          records: { id: string }[]
        }
      ).records.map(({ id }) => id)
    expect(await ids('--tag', 'cost=r42', '--policy', 'inside', '--cost', '0.0015')).toEqual([record(2).id])
    expect(await ids('--cost', '0.0016')).toEqual([])
    here.records.list = async () => ({
      records: [],
      next: '12',
      isPartial: true,
      scannedTo: Date.UTC(2026, 10, 22),
    })
    expect((await gatehouse('records', 'list', '--cost', '9')).stderr).toBe(
      'searched back to 2026-11-22T00:00:00.000Z; to continue, add --after 12\n',
    )
  })
})

describe('reading', () => {
  test('explain names the rule and the fix, and its exit code is the decision', async () => {
    expect(await gatehouse('explain', 'from-file', 'anthropic/x')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('may use anthropic/x'),
    })
    const closed = await gatehouse('explain', 'from-file', 'openai/x')
    expect(closed.code).toBe(1)
    expect(closed.stdout).toContain('may not use openai/x')
    expect(closed.stdout).toContain('to allow it: add "openai/x" to teams.research.allow.models')
    const tool = await gatehouse('explain', 'from-file', 'github/x', '--kind', 'tool')
    expect(tool).toMatchObject({ code: 1, stdout: expect.stringContaining('may not use tool github/x') })
    expect(await gatehouse('explain', 'from-file', 'x', '--kind', 'prompt')).toMatchObject({
      stderr: expect.stringContaining('Allowed choices are model, tool, agent'),
    })
  })

  test('usage prints a table with a total, CSV and JSON', async () => {
    here.records.held = [record(1), record(2, { key: 'other', costNano: '2' })]
    const table = await gatehouse('usage', '--by', 'key', '--from', '2026-11-23', '--to', '2026-11-23')
    expect(table.stdout.split('\n').slice(1)).toEqual([
      'KEY    EXCHANGES  INPUT  CACHED  OUTPUT          COST  UNPRICED',
      'ci             1     10       0       5       $0.0015         0',
      'other          1     10       0       5  $0.000000002         0',
      'total          2     20       0      10  $0.001500002         0',
      '',
    ])
    expect((await gatehouse('usage', '--by', 'key', '--csv')).stdout).toStartWith('key,exchanges,')
    expect(JSON.parse((await gatehouse('usage', '--json')).stdout)).toMatchObject({
      total: { costNano: '1500002' },
    })
  })

  test('budgets, providers and the configuration are shown', async () => {
    expect((await gatehouse('budgets', '--team', 'research')).stdout).toMatch(
      /team research +month +hard .* \$500\.00/,
    )
    const providers = await gatehouse('providers')
    expect(providers.stdout).toContain('OPENAI_API_KEY is not set')
    expect(providers.stdout).toContain('demo/echo')
    expect((await gatehouse('config', 'show')).stdout).toContain('0123456789abcdef')
    expect((await gatehouse('config', 'reload')).stdout).toStartWith('no change')
  })

  test('a reload with mistakes prints each with file and line and ends with exit code 1', async () => {
    here.state.reload = 'rejected'
    const problems = [
      {
        severity: 'error' as const,
        path: 'models.fast',
        message: 'unknown target',
        fix: 'name a known one',
        file: 'gatehouse.yaml',
        line: 7,
      },
    ]
    here.state.status = { ...here.state.status, rejectedAt: here.clock.now(), problems }
    expect(await gatehouse('config', 'reload')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        '\n  gatehouse.yaml:7:1 error: models.fast: unknown target\n    name a known one',
      ),
    })
  })

  test('records are listed in pages and shown whole', async () => {
    here.records.held = [record(1), record(2, { outcome: 'refused', code: 'rate-limited', status: 429 })]
    const page = await gatehouse('records', 'list', '--limit', '1')
    expect(page.stdout).toContain('refused rate-limited')
    const cursor = /--after (\S+)/.exec(page.stderr)?.[1] ?? ''
    const next = await gatehouse('records', 'list', '--limit', '1', '--after', cursor, '--json')
    expect(JSON.parse(next.stdout).records).toHaveLength(1)
    const shown = await gatehouse('records', 'show', record(1).id)
    expect(shown.stdout).toMatch(/cost +\$0\.0015\n/)
    expect(shown.stdout).toMatch(/team +research < engineering\n/)
    expect(shown.stdout).toMatch(/ATTEMPT +TARGET/)
    expect((await gatehouse('records', 'show', record(9).id)).code).toBe(1)
  })

  test('a name that a caller chose cannot drive the terminal', async () => {
    here.records.held = [
      record(1, { resource: { kind: 'model', name: 'x\u001b[2J\u001b]0;owned\u0007\u202ey\r\nz' } }),
    ]
    for (const args of [
      ['records', 'list'],
      ['records', 'show', record(1).id],
      ['usage', '--by', 'model'],
    ]) {
      const { stdout } = await gatehouse(...args)
      expect(stdout).toContain('x\\u{1b}[2J')
      expect(stdout).not.toMatch(/[^\n -~]/)
    }
  })

  test('an exchange can be stopped', async () => {
    expect((await gatehouse('records', 'kill', record(1).id)).code).toBe(0)
    expect(here.signals.sent).toEqual([{ kind: 'kill-exchange', exchange: record(1).id, by: adminActor }])
  })
})

describe('tail', () => {
  const open = async (...args: string[]) => {
    const child = start(['tail', ...args], { url: here.url })
    while (here.tails.size === 0) await here.call('/admin/v1/providers')
    return { child, reader: child.stdout.getReader() }
  }

  test('tail prints a line per closed record, and exits with 3 when the gateway stops', async () => {
    const { child, reader } = await open('--key', 'ci')
    here.close(record(1, { key: 'other' }))
    here.close(record(2))
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toBe(
      `2026-11-23T09:00:00.002Z  ok  200  ci  fast -> demo/echo  10/5 tokens  $0.0015  12 ms  ${record(2).id}\n`,
    )
    await here.stop()
    expect(await child.exited).toBe(3)
  })

  test('tail prints JSON lines for machines', async () => {
    const { child, reader } = await open('--json')
    here.close(record(1))
    const { value } = await reader.read()
    expect(JSON.parse(new TextDecoder().decode(value))).toEqual(JSON.parse(JSON.stringify(record(1))))
    child.kill()
    await child.exited
  })

  test('tail ends without a message when its reader closes the pipe', async () => {
    const child = Bun.spawn(['sh', '-c', `"${binary}" tail --json | head -n 1`], {
      env: { PATH: process.env.PATH ?? '', GATEHOUSE_ADMIN_KEY: adminKey, GATEHOUSE_URL: here.url },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    while (here.tails.size === 0) await here.call('/admin/v1/providers')
    here.close(record(1))
    let number = 2
    while (here.tails.size > 0) {
      here.close(record((number += 1)))
      await here.call('/admin/v1/providers')
    }
    expect(await child.exited).toBe(0)
    expect((await new Response(child.stdout).text()).split('\n')).toHaveLength(2)
    expect(await new Response(child.stderr).text()).toBe('')
  })
})

describe('exit codes', () => {
  test('wrong usage ends with exit code 2 and a suggestion', async () => {
    for (const args of [
      ['kyes'],
      ['keys'],
      ['keys', 'create', 'ci'],
      ['keys', 'create', 'ci', '--team', 'research', '--budget', '50'],
      ['usage', '--csv', '--json'],
      ['keys', 'list', '--url', 'ftp://x'],
    ]) {
      expect((await gatehouse(...args)).code).toBe(2)
    }
    expect((await gatehouse('kyes')).stderr).toContain('Did you mean keys?')
  })

  test('a command ends with exit code 3 if no server or another server responds', async () => {
    const stranger = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response('<html>hello</html>', { headers: { 'content-type': 'text/html' } }),
    })
    try {
      expect(await run(['keys', 'list'], { url: `http://127.0.0.1:${stranger.port}` })).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('this command cannot read'),
      })
    } finally {
      await stranger.stop(true)
    }
    const nobody = await run(['keys', 'list'], { url: `http://127.0.0.1:${stranger.port}` })
    expect(nobody).toMatchObject({ code: 3, stderr: expect.stringContaining('check that it runs') })
  })

  test('a missing or wrong admin key ends with exit code 4 and is never printed', async () => {
    expect((await given({ env: { GATEHOUSE_ADMIN_KEY: '' } }, 'keys', 'list')).code).toBe(4)
    for (const key of ['planted-wrong-key', 'planted\nkey']) {
      const wrong = await given({ env: { GATEHOUSE_ADMIN_KEY: key } }, 'keys', 'list')
      expect(wrong.code).toBe(4)
      expect(wrong.stdout + wrong.stderr).not.toContain('planted')
    }
  })

  test('help and version end with exit code 0, and every command has examples', async () => {
    expect((await gatehouse('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await gatehouse('--help')).stdout).toContain('Exit codes:')
    for (const command of [
      'serve',
      'check',
      'doctor',
      'keys create',
      'keys list',
      'explain',
      'usage',
      'budgets',
      'approvals',
      'approvals approve',
      'records list',
      'tail',
      'providers',
      'config reload',
    ]) {
      const help = await gatehouse(...command.split(' '), '--help')
      expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(`$ gatehouse ${command}`) })
    }
  })
})

describe('the admin key', () => {
  test('the admin key may be in a file, with a warning if others can read the file', async () => {
    const path = join(folder, 'admin-key')
    writeFileSync(path, `${adminKey}\n`, { mode: 0o600 })
    const env = { GATEHOUSE_ADMIN_KEY: '' }
    expect(await given({ env }, 'keys', 'list', '--admin-key-file', path)).toMatchObject({
      code: 0,
      stderr: '',
    })
    chmodSync(path, 0o644)
    expect((await given({ env }, 'keys', 'list', '--admin-key-file', path)).stderr).toContain('chmod 600')
    expect((await given({ env }, 'keys', 'list', '--admin-key-file', `${path}-not`)).code).toBe(2)
  })

  test('a command does not send the admin key to a redirect target', async () => {
    let seen = 0
    const elsewhere = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response(String((seen += 1))),
    })
    const redirecting = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => Response.redirect(`http://127.0.0.1:${elsewhere.port}/`, 307),
    })
    try {
      expect((await run(['keys', 'list'], { url: `http://127.0.0.1:${redirecting.port}` })).code).toBe(3)
      expect(seen).toBe(0)
    } finally {
      await Promise.all([elsewhere.stop(true), redirecting.stop(true)])
    }
  })
})

test('the command works through symlinks in any folder and ignores .env and bunfig.toml', async () => {
  const link = join(folder, 'gatehouse')
  symlinkSync(binary, link)
  writeFileSync(
    join(folder, '.env'),
    'GATEHOUSE_ADMIN_KEY=planted-wrong-key\nGATEHOUSE_URL=http://127.0.0.1:1\n',
  )
  writeFileSync(join(folder, 'bunfig.toml'), 'preload = ["./does-not-exist.ts"]\n')
  expect(await run(['keys', 'list'], { url: here.url, cwd: folder, binary: link })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('from-file'),
  })
})
