// Builds the image of deploy/Dockerfile without Docker: its steps run in bare folders, and the binary that they
// make serves with the environment of the image alone. The packages are those of this checkout.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { dockerfile, type Image, inImage, newImage, root, runInstruction, stages } from './dockerfile.ts'

let folder: string
const images = new Map<string, Image>()
let image: Image

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-image-'))
  for (const [index, stage] of stages().entries()) {
    image = newImage(join(folder, String(index)))
    for (const instruction of stage.instructions) {
      // `npm ci` would need the network: the packages are there, under the lockfile that was just copied.
      if (instruction.keyword === 'RUN' && instruction.rest.startsWith('./script/setup'))
        linkPackages(inImage(image, 'node_modules'))
      await runInstruction(image, instruction, { context: root, stages: images })
    }
    images.set(stage.name ?? 'final', image)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Links, so that a step that removes packages cannot reach those of this checkout. */
function linkPackages(folder: string): void {
  mkdirSync(folder)
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.gatehouse-')) symlinkSync(join(root, 'node_modules', name), join(folder, name))
  cpSync(join(root, 'package-lock.json'), join(folder, '.gatehouse-runtime'))
}

const admin = 'gha_planted-admin-key-of-the-image-test'

/** Starts the image's own command, as a container would. */
function start(more: Record<string, string> = {}, args = image.command) {
  const [program = '', ...first] = image.entrypoint
  return Bun.spawn([inImage(image, program), ...first, ...args], {
    cwd: inImage(image, '.'),
    env: { ...image.env, GATEHOUSE_LISTEN: '127.0.0.1:0', GATEHOUSE_ADMIN_KEY: admin, ...more },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
}

async function command(args: string[], env: Record<string, string> = {}) {
  const child = start(env, args)
  const [out, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, errors, code }
}

async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (!pattern.test(text)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the gateway ended after: ${text}`)
    text += decoder.decode(value, { stream: true })
  }
  reader.releaseLock()
  return text
}

const configuration = `version: 1
admin: { key: "\${GATEHOUSE_ADMIN_KEY}" }
providers: { demo: { kind: demo } }
models: { fast: demo/echo }
teams: { first: { allow: { models: [fast] } } }
`

test('the binary of the image serves: calls, every thread, a reload, its health check, SIGTERM', async () => {
  writeFileSync(inImage(image, 'gatehouse.yaml'), configuration)
  const gateway = start()
  try {
    const banner = await readUntil(gateway.stdout, /http:\/\/127\.0\.0\.1:\d+[\s\S]*demo/)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(banner)?.[0] ?? ''
    const env = { GATEHOUSE_URL: url }
    expect(await command(image.healthcheck.slice(1), env)).toEqual({
      out: `${url}: ready\n`,
      errors: '',
      code: 0,
    })

    const secret = (await command(['keys', 'create', 'ci', '--team', 'first'], env)).out.trim()
    const ask = (text: string) =>
      fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: {
          'x-api-key': secret,
          'anthropic-version': '2023-06-01',
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          model: 'fast',
          max_tokens: 20,
          messages: [{ role: 'user', content: text }],
        }),
      })
    expect((await ask('Hello')).status).toBe(200)
    // Long enough for the thread that translates.
    expect((await ask('word '.repeat(60_000))).status).toBe(200)

    // The store has a thread of its own, and so has the compiler.
    const records = async () => JSON.parse((await command(['records', 'list', '--json'], env)).out).records
    while ((await records()).length < 2) continue
    writeFileSync(inImage(image, 'gatehouse.yaml'), configuration.replace('fast', 'fast: demo/echo, slow'))
    const reloaded = await command(['config', 'reload'], env)
    expect(reloaded).toMatchObject({ code: 0, errors: '' })

    gateway.kill('SIGTERM')
    expect(await gateway.exited).toBe(0)
    expect(await command(image.healthcheck.slice(1), env)).toMatchObject({ code: 3 })
  } finally {
    gateway.kill('SIGKILL')
    await gateway.exited
  }
})

test('script/build names every module that is started as a thread', () => {
  const listed = [...readFileSync(join(root, 'script/build'), 'utf8').matchAll(/^ {2}src\/(\S+)$/gm)].map(
    ([, path]) => path,
  )
  const started = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [
      ...readFileSync(join(root, 'src', path), 'utf8').matchAll(/openThread\('([^']+)'\)/g),
    ])
    .map(([, path]) => path)
  expect(started.length).toBeGreaterThan(2)
  expect(new Set(listed)).toEqual(new Set(['cli/index.ts', ...started]))
})

test('the Dockerfile is valid and keeps to the rules of a safe image', () => {
  expect(validate(dockerfile)).toEqual([])
  const last = stages().at(-1)
  for (const { base } of stages()) expect(base).toMatch(/^[a-z0-9./-]+:(?!latest)\S+$/)
  const rest = (keyword: string) => last?.instructions.find((one) => one.keyword === keyword)?.rest
  expect(rest('USER')).toBe('65532:65532')
  // The last stage holds one file. It has no shell and no package manager that could run a step.
  expect(last?.instructions.some(({ keyword }) => keyword === 'RUN' || keyword === 'ADD')).toBe(false)
  expect(rest('VOLUME')).toBe(`["${inImage({ ...image, folder: '/' }, 'data')}"]`)
  expect(image.entrypoint).toEqual(image.healthcheck.slice(0, 1))
  expect(dockerfile).not.toMatch(/_KEY=|SECRET|TOKEN/i)
})

test('the build context holds what the Dockerfile copies, and nothing else', () => {
  const allowed = readFileSync(join(root, '.dockerignore'), 'utf8')
    .match(/^!.+$/gm)
    ?.map((line) => line.slice(1))
  const copied = stages()
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword, rest }) => keyword === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
  expect(allowed?.toSorted()).toEqual(copied.toSorted())
  for (const path of copied) expect(existsSync(join(root, path))).toBe(true)
})

test('the compose file runs that image on that volume, with the configuration that lies next to it', async () => {
  const { services, volumes } = parse(readFileSync(join(root, 'deploy/compose.yaml'), 'utf8'))
  const service = services.gatehouse
  expect(join(root, 'deploy', service.build.context, service.build.dockerfile)).toBe(
    join(root, 'deploy/Dockerfile'),
  )
  const mounts = service.volumes.map((mount: string) => mount.split(':'))
  expect(mounts).toContainEqual(['data', inImage({ ...image, folder: '/' }, 'data')])
  expect(Object.keys(volumes)).toEqual(['data'])
  const path = service.command.at(-1)
  const [mounted] = mounts.find(([, target]: string[]) => target === path)
  const checked = await command(['check', '--config', join(root, 'deploy', mounted)])
  expect(checked).toMatchObject({ code: 0, errors: '' })
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  })
})

test('the systemd unit starts on boot, checks first, gives calls time to end, and is closed to the rest', () => {
  const unit = readFileSync(join(root, 'deploy/gatehouse.service'), 'utf8')
  const sections = [...unit.matchAll(/^\[(\w+)\]$/gm)].map(([, name]) => name)
  expect(sections).toEqual(['Unit', 'Service', 'Install'])
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1]
  const [program = ''] = value('ExecStart')?.split(' ') ?? []
  expect(unit).toContain(`install dist/gatehouse ${dirname(program)}/gatehouse`)
  expect(value('ExecStartPre')).toBe(value('ExecStart')?.replace('serve', 'check'))
  expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(30)
  expect(value('WantedBy')).toBe('multi-user.target')
  const hardening = {
    NoNewPrivileges: 'true',
    CapabilityBoundingSet: '',
    ProtectSystem: 'strict',
    User: 'gatehouse',
  }
  for (const [name, expected] of Object.entries(hardening)) expect(value(name)).toBe(expected)
})

test('every locked package has an integrity hash, and none names a registry', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const packages = Object.entries<{ integrity?: string; resolved?: string }>(lock.packages).filter(
    ([path]) => path !== '',
  )
  expect(
    packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
  ).toEqual([])
  const hosts = new Set(
    packages.flatMap(([, { resolved }]) => (resolved === undefined ? [] : [new URL(resolved).host])),
  )
  expect([...hosts].filter((host) => host !== 'registry.npmjs.org')).toEqual([])
})
