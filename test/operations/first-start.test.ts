// A user without a configuration file: one command, then the line that it prints, exactly as printed.

import { afterEach, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { binary, newFolder } from './process.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** The port of a start without a file is 8080; on a shared machine the test uses any free one. */
const anyPort = {
  BUN_OPTIONS: `--preload=${new URL('../docs/ports.ts', import.meta.url).pathname}`,
  STORY_PORT: '0',
  STORY_ADMIN_PORT: '0',
}

async function started(folder: string) {
  const child = Bun.spawn([binary, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...anyPort },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const stop = () => {
    child.kill('SIGTERM')
    return child.exited
  }
  ends.push(stop)
  const decoder = new TextDecoder()
  let banner = ''
  for await (const chunk of child.stdout) {
    banner += decoder.decode(chunk, { stream: true })
    if (/^ +curl .*\n/m.test(banner)) break
  }
  return {
    banner,
    line: /^ +(curl .*)$/m.exec(banner)?.[1] ?? '',
    url: /listening on (\S+)/.exec(banner)?.[1] ?? '',
    stop,
  }
}

async function bash(line: string, env: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn(['bash', '-c', line], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  return new Response(child.stdout).text()
}

test('the command that the first start prints works, and so does that of the second start', async () => {
  const folder = newFolder()
  ends.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })))
  const first = await started(folder)
  const secret = /demo key .*: (gh_\S+)/.exec(first.banner)?.[1] ?? ''
  expect(first.banner).toMatch(/admin key .*: gha_\S+/)
  expect(first.banner).toContain('demo (demo): ready')
  expect(first.line).toContain(secret)
  const received = await bash(first.line)
  expect(received).toContain('"delta"')
  expect(received).toEndWith('data: [DONE]\n\n')

  // the demo key only serves callers on this machine, also through a proxy
  const call = (headers: Record<string, string>) =>
    fetch(`${first.url}/v1/models`, { headers: { authorization: `Bearer ${secret}`, ...headers } }).then(
      (response) => response.status,
    )
  expect(await call({})).toBe(200)
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip'])
    expect(await call({ [header]: '127.0.0.1' })).toBe(401)
  expect(await first.stop()).toBe(0)

  const second = await started(folder)
  expect(second.banner).not.toMatch(/gha?_[\w-]{20}/)
  expect(second.line).toContain('$GATEHOUSE_KEY')
  expect(await bash(second.line, { GATEHOUSE_KEY: secret })).toEndWith('data: [DONE]\n\n')
  expect(await bash(second.line)).toContain('"code":"')
}, 20_000)
