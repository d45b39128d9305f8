// Runs serve, check and doctor in this process with a fake main. Tests what they call and what they print.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probeMount } from '../../src/cli/doctor/mounts.ts'
import { probeOpenFiles } from '../../src/cli/doctor/process.ts'
import type { CheckReport, Main } from '../../src/cli/main-api.ts'
import { run } from '../../src/cli/program.ts'
import { RejectedConfiguration } from '../../src/control/index.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { adminKey, world } from '../admin/world.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-local-'))))
afterAll(() => rmSync(folder, { recursive: true }))

let out: string[]
let report: CheckReport
let asked: unknown[]
beforeEach(() => {
  out = []
  asked = []
  report = {
    file: 'gatehouse.yaml',
    problems: [],
    policyTests: 2,
    settings: {
      data: join(folder, 'data', 'deeper'),
      listen: { host: '127.0.0.1', port: 0 },
      inFlight: 4_096,
    },
  }
})

const main: Main = {
  async adoptStore(folder, isRestored) {
    asked.push(`adopt ${folder} ${isRestored}`)
    return 'adopted'
  },
  checkConfiguration: async ({ configPath }) => {
    asked.push(configPath)
    return report
  },
  serve: async ({ configPath, print }) => {
    asked.push(configPath)
    print('listening')
    return { reload: async () => 'unchanged', stop: async () => void asked.push('stopped') }
  },
}

const nobody = 'http://127.0.0.1:1'
const gatehouse = (
  args: string[],
  env: Record<string, string> = { GATEHOUSE_URL: nobody },
  hasColor = false,
) =>
  run(
    args,
    {
      env,
      print: (text) => void out.push(text),
      warn: (text) => void out.push(`! ${text}`),
      hasColor,
      clock: createRealClock(),
    },
    async () => main,
  )

describe('check', () => {
  test('check confirms a valid configuration and names its parts', async () => {
    expect(await gatehouse(['check', '--config', 'teams.yaml'])).toBe(0)
    expect(asked).toEqual(['teams.yaml'])
    expect(out).toEqual(['gatehouse.yaml: ok, 2 policy tests passed'])
  })

  test('check prints every mistake with place and fix and fails, but does not fail for a warning', async () => {
    const warning = {
      severity: 'warning' as const,
      path: 'keys.ci',
      message: 'the key has expired',
      fix: 'set a later date',
    }
    report = { ...report, problems: [warning] }
    expect(await gatehouse(['check'])).toBe(0)
    report = {
      ...report,
      problems: [
        warning,
        {
          severity: 'error',
          file: 'gatehouse.yaml',
          line: 3,
          column: 7,
          path: 'models.fast',
          message: 'no such target',
        },
      ],
    }
    out = []
    expect(await gatehouse(['check'])).toBe(1)
    expect(out).toEqual([
      'warning: keys.ci: the key has expired\n    set a later date',
      'gatehouse.yaml:3:7 error: models.fast: no such target',
      '! gatehouse: 1 mistake',
    ])
  })

  test('check prints the whole result as JSON for machines', async () => {
    report = { ...report, problems: [{ path: 'x', message: 'y' }] }
    expect(await gatehouse(['check', '--json'])).toBe(1)
    expect(out.map((text) => JSON.parse(text))).toEqual([
      { file: 'gatehouse.yaml', problems: [{ path: 'x', message: 'y' }], policyTests: 2 },
    ])
  })
})

test('serve runs until it is stopped, then drains, and reports a failure to start', async () => {
  // client libraries of other test files also listen in this process, and some of them end it
  const others = process.listeners('SIGTERM')
  const running = gatehouse(['serve', '--config', 'a.yaml'])
  const ours = () => process.listeners('SIGTERM').find((listener) => !others.includes(listener))
  while (!ours()) await new Promise(setImmediate)
  ours()?.('SIGTERM')
  expect(await running).toBe(0)
  expect(asked).toEqual(['a.yaml', 'stopped'])
  expect(out).toEqual(['listening', '! gatehouse: draining; a second signal stops at once'])
  expect(ours()).toBeUndefined()
  const failing: Main = { ...main, serve: () => Promise.reject(new Error('port 8080 is in use')) }
  const terminal = {
    env: {},
    print: () => {},
    warn: (text: string) => void out.push(text),
    hasColor: false,
    clock: createRealClock(),
  }
  expect(await run(['serve'], terminal, async () => failing)).toBe(1)
  expect(out.at(-1)).toBe('gatehouse: port 8080 is in use')

  const problem = {
    severity: 'error' as const,
    file: 'a.yaml',
    line: 3,
    column: 7,
    path: 'models.fast',
    message: 'no such target',
    fix: 'name another',
  }
  failing.serve = () => Promise.reject(new RejectedConfiguration([problem]))
  expect(await run(['serve'], terminal, async () => failing)).toBe(1)
  expect(out.slice(-2)).toEqual([
    'a.yaml:3:7 error: models.fast: no such target\n    name another',
    'gatehouse: the configuration has mistakes; nothing was started',
  ])
})

describe('doctor', () => {
  const verdicts = () =>
    Object.fromEntries(
      JSON.parse(out[0] ?? '{}').findings.map((one: { probe: string; verdict: string }) => [
        one.probe,
        one.verdict,
      ]),
    )

  test('doctor checks the configured folder or its nearest parent and leaves nothing there', async () => {
    await gatehouse(['doctor', '--json'])
    const findings = JSON.parse(out[0] ?? '{}').findings
    expect(findings.find((one: { probe: string }) => one.probe === 'synced writes').detail).toStartWith(
      `${folder} writes and syncs 1 KiB in `,
    )
    expect(findings.find((one: { probe: string }) => one.probe === 'disk space').detail).toMatch(
      /\d+ minutes of journal at 2,000 calls\/s/,
    )
    expect(verdicts()).toMatchObject({ configuration: 'ok', clock: 'ok', port: 'ok', 'open files': 'ok' })
    expect(await Array.fromAsync(new Bun.Glob('**/*').scan({ cwd: folder, dot: true }))).toEqual([])
  })

  test('doctor finds mistakes, a port in use, and a folder that is not writable', async () => {
    const taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const file = join(folder, 'file')
    writeFileSync(file, '')
    report = {
      ...report,
      problems: [{ path: 'x', message: 'y' }],
      settings: { data: file, listen: { host: '127.0.0.1', port: taken.port ?? 0 }, inFlight: 4_096 },
    }
    try {
      expect(await gatehouse(['doctor', '--json'])).toBe(1)
      expect(verdicts()).toMatchObject({
        configuration: 'problem',
        port: 'problem',
        'synced writes': 'problem',
      })
    } finally {
      await taken.stop(true)
      rmSync(file)
    }
  })

  test('doctor asks the running gateway for its providers', async () => {
    const here = world()
    try {
      await gatehouse(['doctor', '--json'], { GATEHOUSE_URL: here.url, GATEHOUSE_ADMIN_KEY: adminKey })
      expect(verdicts()).toMatchObject({ gateway: 'ok', 'provider demo': 'ok', 'provider openai': 'warning' })
      out = []
      await gatehouse(['doctor', '--json'], { GATEHOUSE_URL: here.url })
      expect(verdicts()).toMatchObject({ gateway: 'ok', providers: 'not checked' })
    } finally {
      await here.stop()
    }
  })

  test('doctor recognizes network filesystems, memory and containers by the nearest mount', () => {
    const mounts = join(folder, 'mounts')
    const home = join(folder, 'with space')
    mkdirSync(home)
    const on = (...lines: string[]) => {
      writeFileSync(mounts, `${lines.join('\n')}\n`)
      return probeMount(home, mounts)
    }
    const root = '/dev/sda1 / ext4 rw 0 0'
    const at = home.replaceAll(' ', '\\040')
    expect(on(root).verdict).toBe('ok')
    expect(on(root, `server:/x ${at} nfs4 rw 0 0`)).toMatchObject({
      verdict: 'problem',
      detail: expect.stringContaining('network filesystem'),
    })
    expect(on(`server:/x ${at} fuse.sshfs rw 0 0`, root).verdict).toBe('problem')
    expect(on(root, `server:/x ${at}-other nfs4 rw 0 0`).verdict).toBe('ok')
    expect(on(`server:/x ${folder} nfs4 rw 0 0`, root, `/dev/sdb ${at} xfs rw 0 0`).verdict).toBe('ok')
    expect(on(root, `tmpfs ${folder} tmpfs rw 0 0`).verdict).toBe('warning')
    expect(on('overlay / overlay rw 0 0').verdict).toBe('warning')
    expect(probeMount(home, join(folder, 'none')).verdict).toBe('not checked')
  })

  test('doctor warns of a low limit on open files', () => {
    const limits = join(folder, 'limits')
    const soft = (value: string) => {
      writeFileSync(
        limits,
        `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${value}                 524288               files\n`,
      )
      return probeOpenFiles(limits).verdict
    }
    expect([soft('1024'), soft('65536'), soft('unlimited')]).toEqual(['warning', 'ok', 'ok'])
  })
})

test('colors are printed only to terminals', async () => {
  report = { ...report, problems: [{ path: 'x', message: 'y' }] }
  await gatehouse(['check'], {}, true)
  expect(out.at(-1)).toBe('! \u001b[31mgatehouse:\u001b[0m 1 mistake')
  await gatehouse(['check'], {}, false)
  expect(out.at(-1)).toBe('! gatehouse: 1 mistake')
})
