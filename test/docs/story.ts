// Follows the steps of a page in a separate folder, against a real gateway. The task of a block is written
// after its language:
//
//   ```sh start       starts the gateway: `./script/server` or `gatehouse serve`, with arguments; one that runs is stopped before
//   ```sh stop        ends it with SIGTERM and waits
//   ```sh crash       ends it with SIGKILL
//   ```sh test        is run by bash; variables that it exports stay for later blocks
//   ```sh fails       the same, but must end with a code other than 0
//   ```ts test        is run by Bun, with the packages of this repository
//   ```yaml test      becomes gatehouse.yaml and is activated if the gateway runs
//   ```yaml check     must be valid
//   ```yaml wrong     must have mistakes
//   ```text output    the output of the previous block: its lines in this order, `…` matches anything
//
// `gha_…` and `gh_…` mean the keys that the start printed. Port 8000 is a server with the dialect of OpenAI,
// also at Azure's address.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { azure, type FakeProvider, fakeProvider, testCertificate } from '../upstreams/index.ts'
import { type Block, blocksOf } from './blocks.ts'

const root = join(import.meta.dir, '../..')

export async function tellStory(page: string): Promise<void> {
  const story = await newStory()
  try {
    for (const block of blocksOf(page)) {
      try {
        await tasks[`${block.language} ${block.task}`]?.(story, block)
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown)
        throw new Error(`the block of line ${block.line} (${block.language} ${block.task}): ${why}`, {
          cause: thrown,
        })
      }
    }
    await stop(story)
  } finally {
    story.gateway?.child.kill('SIGKILL')
    await story.provider.close()
    rmSync(story.folder, { recursive: true, force: true })
  }
}

interface Story {
  folder: string
  port: number
  adminPort: number
  provider: FakeProvider
  /** The output of the last block, and the command of that output. */
  output: string
  ran: string
  adminKey: string
  demoKey: string
  gateway?: { child: ReturnType<typeof spawn>; printed: () => string }
}

async function newStory(): Promise<Story> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-docs-'))
  for (const name of ['bin', 'script', 'node_modules', 'examples', 'docs'])
    symlinkSync(join(root, name), join(folder, name))
  mkdirSync(join(folder, 'tls'))
  writeFileSync(join(folder, 'tls/cert.pem'), testCertificate.cert)
  writeFileSync(join(folder, 'tls/key.pem'), testCertificate.key)
  writeFileSync(join(folder, '.exports'), '')
  const [port, adminPort] = freePorts()
  const provider = await fakeProvider()
  provider.on(
    '/openai/v1/chat/completions',
    azure.answers(() => ['api-key', 'azure-key']),
  )
  return { folder, port, adminPort, provider, output: '', ran: '', adminKey: '', demoKey: '' }
}

/** All ports are open at the same time, so that they differ. */
function freePorts(): [number, number] {
  const held = [0, 1].map(() => Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } }))
  for (const one of held) one.stop(true)
  return [held[0]?.port ?? 0, held[1]?.port ?? 0]
}

export const tasks: Readonly<Record<string, (story: Story, block: Block) => Promise<void>>> = {
  'sh start': start,
  'sh stop': (story) => stop(story),
  'sh crash': async ({ gateway }) => {
    gateway?.child.kill('SIGKILL')
    await gateway?.child.exited
  },
  'sh test': async (story, { text }) => {
    let ended = await bash(story, text)
    // A search for a record that is not in the store yet finds no id for the next call.
    for (let look = 1; ended.code !== 0 && look < 40 && isLook.test(text); look += 1)
      ended = await bash(story, text)
    succeed(story, ended)
  },
  'sh fails': async (story, { text }) => fail(story, await bash(story, text)),
  'ts test': async (story, { text }) => {
    writeFileSync(join(story.folder, 'page.ts'), real(story, text))
    succeed(story, await bash(story, `"${process.execPath}" page.ts`))
  },
  'yaml test': async (story, { text }) => {
    writeFileSync(join(story.folder, 'gatehouse.yaml'), real(story, text))
    // without a gateway, its start reports the mistakes
    if (story.gateway) succeed(story, await bash(story, 'gatehouse config reload'))
  },
  'yaml check': async (story, { text }) => succeed(story, await check(story, text)),
  'yaml wrong': async (story, { text }) => fail(story, await check(story, text)),
  'text output': async (story, { text }) => {
    // Records reach the store with a delay, and so do the models of a server. A read that came too early is
    // repeated.
    for (let look = 1; ; look += 1) {
      const missing = lineMissing(text, story.output)
      if (missing === undefined) return
      if (look === 40 || !isLook.test(story.ran))
        throw new Error(`the line "${missing}" is not in what was printed:\n${story.output}`)
      succeed(story, await bash(story, story.ran))
    }
  },
}

/** One line that only reads. It may run again. */
const isLook = /^(gatehouse (usage|records|budgets|providers)|curl -s \S+\/v1\/models)[^\n]*\n$/

function lineMissing(expected: string, printed: string): string | undefined {
  const found = plain(printed)
  let from = 0
  for (const line of plain(expected).split('\n').filter(Boolean)) {
    const pattern = line.split('…').map(RegExp.escape).join('[^\\n]*')
    const match = new RegExp(`(?:^|\\n)[^\\n]*?${pattern}[^\\n]*`).exec(found.slice(from))
    if (!match) return line
    from += match.index + match[0].length
  }
  return undefined
}

/** Columns are as wide as their widest cell, so the number of spaces has no meaning. */
const plain = (text: string): string => text.replaceAll(/[ \t]+/g, ' ').replaceAll(/ ?\n ?/g, '\n')

const real = (story: Story, text: string): string =>
  text
    .replaceAll('8080', String(story.port))
    .replaceAll('8081', String(story.adminPort))
    .replaceAll('8000', String(story.provider.port))
    .replaceAll('gha_…', story.adminKey)
    .replaceAll('gh_…', story.demoKey)

const reported = (story: Story, text: string): string =>
  text.replaceAll(String(story.port), '8080').replaceAll(String(story.adminPort), '8081')

async function start(story: Story, { text }: Block): Promise<void> {
  const { before, rest } =
    /^(?<before>(?:.*\n)*?)(?:\.\/script\/server|gatehouse serve)(?<rest>.*)\n$/.exec(text)?.groups ?? {}
  if (before === undefined) throw new Error('no command that starts the gateway')
  await stop(story)
  const serve = `exec "${process.execPath}" --no-env-file --preload "${join(root, 'test/docs/ports.ts')}" "${join(root, 'src/cli/index.ts')}" serve${rest}`
  const child = spawn(story, `${before}${serve}`)
  let printed = ''
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const bytes of stream) printed += decoder.decode(bytes, { stream: true })
  }
  void collect(child.stdout)
  void collect(child.stderr)
  story.gateway = { child, printed: () => printed }
  await Promise.race([child.exited, answers(story)])
  if (child.exitCode !== null) throw new Error(`the gateway ended:\n${printed}`)
  story.output = reported(story, printed)
  story.adminKey ||= /gha_[\w-]{43}/.exec(printed)?.[0] ?? ''
  story.demoKey ||= /gh_[\w-]{43}/.exec(printed)?.[0] ?? ''
}

async function answers(story: Story): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!story.gateway?.printed().includes('providers:') && story.gateway?.child.exitCode === null) {
    if (performance.now() > deadline) throw new Error('the gateway did not start within 20 s')
    await Bun.sleep(10)
  }
  // the banner is written at once, but may arrive in several pieces
  await Bun.sleep(20)
}

async function stop(story: Story): Promise<void> {
  const { gateway } = story
  if (!gateway) return
  delete story.gateway
  if (gateway.child.signalCode === 'SIGKILL') return
  gateway.child.kill('SIGTERM')
  const code = await gateway.child.exited
  story.output = reported(story, gateway.printed())
  if (code !== 0) throw new Error(`the gateway ended with ${code}:\n${story.output}`)
}

interface Ended {
  code: number
  output: string
}

async function bash(story: Story, text: string): Promise<Ended> {
  story.ran = text
  const child = spawn(
    story,
    `set -euo pipefail\nsource .exports\nexport GATEHOUSE_ADMIN_KEY="\${GATEHOUSE_ADMIN_KEY:-${story.adminKey}}"\ntrap 'export -p > .exports' EXIT\n${real(story, text)}`,
  )
  const [out, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, output: reported(story, out + errors) }
}

function succeed(story: Story, { code, output }: Ended): void {
  story.output = output
  if (code !== 0) throw new Error(`ended with ${code}:\n${output}\n${story.gateway?.printed() ?? ''}`)
}

function fail(story: Story, { code, output }: Ended): void {
  story.output = output
  if (code === 0) throw new Error(`was to fail and did not:\n${output}`)
}

/** A variable that the configuration uses gets a value if it is not set. */
async function check(story: Story, text: string): Promise<Ended> {
  writeFileSync(join(story.folder, 'page.yaml'), real(story, text))
  const names = [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map((found) => found[1] ?? ''))]
  return bash(
    story,
    `${names.map((name) => `export ${name}=value-of-a-test-0123456789\n`).join('')}gatehouse check --config page.yaml`,
  )
}

function spawn(story: Story, script: string) {
  return Bun.spawn(['bash', '-c', script], {
    cwd: story.folder,
    env: {
      PATH: `${story.folder}/bin:${process.env.PATH ?? ''}`,
      HOME: story.folder,
      NO_COLOR: '1',
      GATEHOUSE_URL: `http://127.0.0.1:${story.port}`,
      GATEHOUSE_ADMIN_KEY: story.adminKey,
      STORY_PORT: String(story.port),
      STORY_ADMIN_PORT: String(story.adminPort),
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
}
