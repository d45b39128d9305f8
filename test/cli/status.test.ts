// Tests `gatehouse status`, and the address of `serve` from the command line or the environment.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, start } from './command.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-status-'))
  writeFileSync(
    join(folder, 'gatehouse.yaml'),
    'version: 1\nlisten: 192.0.2.1:1\nproviders: { demo: { kind: demo } }\n',
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A server that replaces the gateway. */
function answering(body: unknown, status: number) {
  const server = Bun.serve({ port: 0, fetch: () => Response.json(body, { status }) })
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) }
}

test.each([
  [
    'a ready gateway with a warning',
    { ready: true, reasons: [], warnings: ['store: slow'] },
    200,
    { code: 0, lines: ['ready', '  warning: store: slow'] },
  ],
  [
    'a gateway that is not ready',
    { ready: false, reasons: ['journal: the disk is full'], warnings: [] },
    503,
    { code: 1, lines: ['not ready', '  journal: the disk is full'] },
  ],
])(
  'the status of %s is printed, and the exit code is its summary for scripts',
  async (_, body, status, expected) => {
    const gateway = answering(body, status)
    try {
      const { stdout, stderr, code } = await run(['status'], { url: gateway.url })
      const [first, ...rest] = expected.lines
      expect({ stdout, stderr, code }).toEqual({
        stdout: [`${gateway.url}: ${first}`, ...rest, ''].join('\n'),
        stderr: '',
        code: expected.code,
      })
      const json = await run(['status', '--json'], { url: gateway.url })
      expect(JSON.parse(json.stdout)).toEqual({ url: `${gateway.url}/`, ...body })
    } finally {
      await gateway.stop()
    }
  },
)

test('status reports that no gateway or another server is at the address', async () => {
  const nothing = await run(['status'], { url: 'http://127.0.0.1:1' })
  expect(nothing).toMatchObject({ code: 3, stdout: '' })
  expect(nothing.stderr).toContain('cannot reach the gateway at http://127.0.0.1:1')
  const other = answering({ hello: 'world' }, 404)
  try {
    const { code, stderr } = await run(['status'], { url: other.url })
    expect([code, stderr]).toEqual([3, expect.stringContaining(`${other.url}/readyz returned 404`)])
  } finally {
    await other.stop()
  }
})

test('$GATEHOUSE_LISTEN and --listen replace the configured address, and commands next to it find the gateway', async () => {
  const reserved = Bun.serve({ port: 0, fetch: () => new Response() })
  const listen = `127.0.0.1:${reserved.port}`
  await reserved.stop(true)
  const gateway = start(['serve', '--listen', listen], {
    cwd: folder,
    env: { GATEHOUSE_LISTEN: '127.0.0.1:1' },
  })
  try {
    let status = await run(['status'], { env: { GATEHOUSE_LISTEN: listen } })
    while (status.code === 3) status = await run(['status'], { env: { GATEHOUSE_LISTEN: listen } })
    expect(status.stdout).toBe(`http://${listen}: ready\n`)
  } finally {
    gateway.kill('SIGTERM')
    expect(await gateway.exited).toBe(0)
  }
})

test('an invalid address is refused with its name and an example before anything starts', async () => {
  const refused = await run(['serve', '--listen', '8080'], { cwd: folder })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('$GATEHOUSE_LISTEN is "8080", which is not an address to listen on')
  expect(refused.stderr).toContain('write host:port, like 127.0.0.1:8080')
})
