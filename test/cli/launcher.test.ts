// Simulates bin/gatehouse on other machines: a copy in its own folder, with a fake `uname` and fake Buns that
// only print their name.

import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { binary, run } from './command.ts'

let folder: string
beforeEach(() => void (folder = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-launcher-')))))
afterEach(() => rmSync(folder, { recursive: true }))

function script(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

/**
 * @param home where the package lies below the folder @param buns paths of node_modules below the folder,
 * with the platform
 */
async function launch(
  machine: string,
  home: string,
  buns: readonly string[],
  env: Record<string, string> = {},
) {
  const [system = '', processor = ''] = machine.split(' ')
  script(join(folder, 'fake/uname'), `case "$1" in -s) echo ${system} ;; -m) echo ${processor} ;; esac`)
  mkdirSync(join(folder, home, 'bin'), { recursive: true })
  cpSync(binary, join(folder, home, 'bin/gatehouse'))
  for (const bun of buns) script(join(folder, bun, 'bin/bun'), `echo "${bun} $MIMALLOC_PURGE_DELAY $3 $4"`)
  const options = {
    binary: join(folder, home, 'bin/gatehouse'),
    env: { PATH: `${join(folder, 'fake')}:${process.env.PATH ?? ''}`, ...env },
  }
  return run(['keys'], options)
}

test.each([
  ['Linux aarch64', 'bun-linux-aarch64'],
  ['Linux arm64', 'bun-linux-aarch64'],
  ['Linux x86_64', 'bun-linux-x64'],
  ['Linux x86_64', 'bun-linux-x64-baseline'],
  ['Linux x86_64', 'bun-linux-x64-musl'],
  ['Linux aarch64', 'bun-linux-aarch64-musl'],
  ['Darwin arm64', 'bun-darwin-aarch64'],
  ['Darwin x86_64', 'bun-darwin-x64'],
  ['Darwin x86_64', 'bun-darwin-aarch64'],
])(
  'on %s the launcher runs the installed %s, with a delay before memory is returned',
  async (machine, name) => {
    const bun = `node_modules/@oven/${name}`
    expect(await launch(machine, '.', [bun])).toMatchObject({
      code: 0,
      stdout: `${bun} 500 ${folder}/src/cli/index.ts keys\n`,
    })
  },
)

test('the launcher finds a Bun that npm installed above it and keeps a configured delay', async () => {
  const bun = 'node_modules/@oven/bun-linux-aarch64'
  const found = await launch('Linux aarch64', 'node_modules/gatehouse', [bun], { MIMALLOC_PURGE_DELAY: '7' })
  expect(found.stdout).toBe(`${bun} 7 ${folder}/node_modules/gatehouse/src/cli/index.ts keys\n`)
})

test('the launcher says what to do if there is no Bun for the system', async () => {
  expect(await launch('Linux aarch64', '.', ['node_modules/@oven/bun-darwin-aarch64'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('./script/setup'),
  })
  expect(await launch('SunOS sparc', '.', [])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no Bun for SunOS on sparc'),
  })
})
