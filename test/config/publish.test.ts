// Publishing: the last good configuration stays active, for any content of the file.

import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { adminActor } from '../../src/contract/actor.ts'
import { readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compiled, Publisher, ReloadOutcome } from '../../src/control/index.ts'
import { readLastGood, openPublisher, RejectedConfiguration } from '../../src/control/index.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import type { Clock } from '../../src/kit/clock.ts'
import { environment, load, removeFolders, temporaryFolder, write } from './compiling.ts'

afterAll(removeFolders)

const good = `version: 1
providers: { openai: { kind: openai, key: planted-literal-secret } }
models: { fast: openai/gpt-5-mini }
teams: { all: { allow: { models: ["*"] } } }
keys: { ci: { team: all, secret: "\${CI_KEY}" } }
`
const open: Publisher[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

async function start(
  text: string,
  options: {
    clock?: Clock
    watches?: boolean
    report?: (outcome: ReloadOutcome) => void
    env?: Record<string, string>
  } = {},
) {
  const folder = temporaryFolder()
  const path = join(folder, 'gatehouse.yaml')
  write(folder, { 'gatehouse.yaml': text })
  const swapped: Compiled[] = []
  const publishing = await openPublisher({
    first: load(path, options.env ?? environment),
    load: async () => load(path, options.env ?? environment),
    swap: (compiled) => void swapped.push(compiled),
    clock: options.clock ?? createFakeClock(),
    watches: options.watches ?? false,
    report: (_, outcome) => options.report?.(outcome),
  })
  open.push(publishing)
  return { folder, path, swapped, publishing, data: join(folder, 'data') }
}

describe('publishing', () => {
  test('publishing activates the rules and saves them for the owner only, without secrets', async () => {
    const { swapped, data, publishing } = await start(good)
    expect(swapped).toHaveLength(1)
    const text = readFileSync(join(data, 'snapshot.json'), 'utf8')
    expect(text).not.toContain('planted')
    expect(text).not.toContain(environment.CI_KEY)
    expect(statSync(join(data, 'snapshot.json')).mode & 0o777).toBe(0o600)
    expect(readLastGood(data).compiled?.rules.snapshot).toEqual(publishing.current().rules.snapshot)
  })
  test('publishing activates a good edit', async () => {
    const { path, swapped, publishing, data } = await start(good)
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    expect(await publishing.reload(adminActor)).toBe('changed')
    expect(swapped).toHaveLength(2)
    expect(publishing.status().version).toBe(publishing.current().rules.snapshot.version)
    expect(readLastGood(data).compiled?.rules.snapshot.models['fast']?.targets[0]?.target).toBe(
      'openai/gpt-5',
    )
  })
  test('publishing refuses a broken edit, keeps the last good one, and reports why', async () => {
    const { path, swapped, publishing, data } = await start(good)
    const before = publishing.status().version
    writeFileSync(path, good.replace('fast:', 'fast/er:'))
    expect(await publishing.reload(adminActor)).toBe('rejected')
    expect(swapped).toHaveLength(1)
    expect(publishing.status()).toMatchObject({ version: before, problems: [{ line: 3, severity: 'error' }] })
    expect(publishing.status().rejectedAt).toBeNumber()
    expect(readLastGood(data).compiled?.rules.snapshot.version).toBe(before)
    writeFileSync(path, good)
    expect(await publishing.reload(adminActor)).toBe('unchanged')
    expect(publishing.status().rejectedAt).toBeUndefined()
    expect(publishing.status().problems).toEqual([])
  })
  test('publishing changes nothing if only the layout of the file changed', async () => {
    const { path, swapped, publishing } = await start(good)
    writeFileSync(path, `# a comment\n${good}`)
    expect(await publishing.reload(adminActor)).toBe('unchanged')
    expect(swapped).toHaveLength(1)
  })
  test('publishing detects a new secret of a key, which the rules do not show', async () => {
    const env: Record<string, string> = { ...environment }
    const { swapped, publishing } = await start(good, { env })
    env['CI_KEY'] = 'another-secret-of-the-same-key'
    expect(await publishing.reload(adminActor)).toBe('changed')
    expect(swapped[1]?.rules.keys[0]?.secrets).not.toEqual(swapped[0]?.rules.keys[0]?.secrets ?? [])
    expect(swapped[1]?.rules.snapshot.version).toBe(swapped[0]?.rules.snapshot.version ?? '')
  })
  test('publishing says which settings wait for a restart, and activates the rest', async () => {
    const { path, publishing, folder } = await start(good)
    writeFileSync(path, `${good.replace('gpt-5-mini', 'gpt-5')}listen: 0.0.0.0:9999\ndata: ./elsewhere\n`)
    expect(await publishing.reload(adminActor)).toBe('changed')
    expect(publishing.status().needsRestart).toEqual(['listen', 'data'])
    expect(publishing.current().settings.listen.port).toBe(8080)
    expect(
      readLastGood(join(folder, 'data')).compiled?.rules.snapshot.models['fast']?.targets[0]?.target,
    ).toBe('openai/gpt-5')
    expect(readLastGood(join(folder, 'elsewhere')).compiled).toBeUndefined()
    writeFileSync(path, good)
    await publishing.reload(adminActor)
    expect(publishing.status().needsRestart).toEqual([])
  })
  test('publishing keeps the active configuration if the new one cannot be activated', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'gatehouse.yaml')
    write(folder, { 'gatehouse.yaml': good })
    let isBroken = false
    const publishing = await openPublisher({
      first: load(path),
      load: async () => load(path),
      swap: () => {
        if (isBroken) throw new Error('no guard of that kind')
      },
      clock: createFakeClock(),
      watches: false,
    })
    open.push(publishing)
    const before = publishing.current()
    isBroken = true
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    expect(await publishing.reload(adminActor)).toBe('rejected')
    expect(publishing.current()).toBe(before)
    expect(readLastGood(join(folder, 'data')).compiled?.rules.snapshot.version).toBe(
      before.rules.snapshot.version,
    )
    expect(publishing.status().problems[0]?.message).toContain('no guard of that kind')
    isBroken = false
    expect(await publishing.reload(adminActor)).toBe('changed')
  })
  test('publishing survives a loader that throws', async () => {
    let isBroken = false
    const folder = temporaryFolder()
    write(folder, { 'gatehouse.yaml': good })
    const publishing = await openPublisher({
      first: load(join(folder, 'gatehouse.yaml')),
      load: async () => {
        if (isBroken) throw new Error('planted fault')
        return load(join(folder, 'gatehouse.yaml'))
      },
      swap: () => {},
      clock: createFakeClock(),
      watches: false,
    })
    open.push(publishing)
    isBroken = true
    expect(await publishing.reload(adminActor)).toBe('rejected')
    expect(publishing.status().problems[0]?.message).toContain('planted fault')
  })
  test('a broken first file leaves no configuration to start with', async () => {
    try {
      await start('version: 7')
      expect.unreachable()
    } catch (thrown) {
      if (!(thrown instanceof RejectedConfiguration)) throw thrown
      expect(thrown.problems).toHaveLength(1)
    }
  })
  test('publishing says why there is no last snapshot to start with', async () => {
    const folder = temporaryFolder()
    const why = () => readLastGood(folder).why?.replace(folder, '…')
    expect(why()).toBe('there are no last good rules in …')
    write(folder, { 'snapshot.json': '{"half":' })
    expect(why()).toBe('the last good rules in …/snapshot.json are damaged or were changed by hand')
    write(folder, { 'snapshot.json': '{}' })
    expect(why()).toContain('damaged')
    write(folder, { 'snapshot.json': '{"format":3,"version":"0","sha256":"0","rules":{}}' })
    expect(why()).toBe(
      'the last good rules in …/snapshot.json were written by another build (format 3, not 5)',
    )
    const { data } = await start(good)
    const path = join(data, 'snapshot.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('openai/gpt-5-mini', 'openai/gpt-5'))
    expect(readLastGood(data).why).toContain('changed by hand')
  })
  test('two edits are compiled one after the other, and the later one is active', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'gatehouse.yaml')
    write(folder, { 'gatehouse.yaml': good })
    const waiting: (() => void)[] = []
    let most = 0
    const publishing = await openPublisher({
      first: load(path),
      load: async () => {
        const found = load(path)
        await new Promise<void>((resolve) => (most = Math.max(most, waiting.push(resolve))))
        waiting.shift()
        return found
      },
      swap: () => {},
      clock: createFakeClock(),
      watches: false,
    })
    open.push(publishing)
    const release = async () => {
      while (waiting.length === 0) await Promise.resolve()
      waiting[0]?.()
    }
    writeFileSync(path, good.replace('gpt-5-mini', 'a'))
    const first = publishing.reload(adminActor)
    // its file is read, and another edit arrives while it compiles
    while (waiting.length === 0) await Promise.resolve()
    writeFileSync(path, good.replace('gpt-5-mini', 'b'))
    const second = publishing.reload(adminActor)
    await release()
    expect(await first).toBe('changed')
    expect(publishing.current().rules.snapshot.models['fast']?.targets[0]?.target).toBe('openai/a')
    await release()
    expect(await second).toBe('changed')
    expect(publishing.current().rules.snapshot.models['fast']?.targets[0]?.target).toBe('openai/b')
    expect(most).toBe(1)
  })
  test('an edit that compiles while the gateway stops changes nothing', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'gatehouse.yaml')
    write(folder, { 'gatehouse.yaml': good })
    const swapped: unknown[] = []
    const gate = Promise.withResolvers<void>()
    const publishing = await openPublisher({
      first: load(path),
      load: async () => {
        await gate.promise
        return load(path)
      },
      swap: (compiled) => void swapped.push(compiled),
      clock: createFakeClock(),
      watches: false,
      report: () => expect.unreachable(),
    })
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    const reloading = publishing.reload(adminActor)
    publishing.close()
    gate.resolve()
    expect(await reloading).toBe('unchanged')
    expect(swapped).toHaveLength(1)
  })
})

describe('watching', () => {
  /** Resolves at the next reload. The timeout of the test runner is the bound. */
  async function watched(text: string, files: Readonly<Record<string, string>> = {}) {
    const folder = temporaryFolder()
    write(folder, { ...files, 'gatehouse.yaml': text })
    return watchedAt(folder, join(folder, 'gatehouse.yaml'))
  }
  async function watchedAt(folder: string, path: string) {
    let tell: (outcome: ReloadOutcome) => void = () => {}
    const publishing = await openPublisher({
      first: load(path),
      load: async () => load(path),
      swap: () => {},
      clock: createRealClock(),
      watches: true,
      report: (_, outcome) => tell(outcome),
    })
    open.push(publishing)
    const next = () => new Promise<ReloadOutcome>((resolve) => void (tell = resolve))
    return { folder, path, publishing, next }
  }
  test('an edit in place, an edit by rename and a further edit are all detected', async () => {
    const { path, next, publishing } = await watched(good)
    for (const [model, edit] of [
      ['a', (text: string) => writeFileSync(path, text)],
      ['b', (text: string) => (writeFileSync(`${path}.tmp`, text), renameSync(`${path}.tmp`, path))],
      ['c', (text: string) => (writeFileSync(`${path}.tmp`, text), renameSync(`${path}.tmp`, path))],
    ] as const) {
      const reloaded = next()
      edit(good.replace('gpt-5-mini', model))
      expect(await reloaded).toBe('changed')
      expect(publishing.current().rules.snapshot.models['fast']?.targets[0]?.target).toBe(`openai/${model}`)
    }
  })
  test('a broken edit is rejected, and its fix is detected', async () => {
    const { path, next } = await watched(good)
    const broken = next()
    writeFileSync(path, 'version: [')
    expect(await broken).toBe('rejected')
    const mended = next()
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    expect(await mended).toBe('changed')
  })
  test('included files are watched, including new ones', async () => {
    const { folder, next, publishing } = await watched(`${good}include: [more/*.yaml]\n`, {
      'more/a.yaml': 'models: { a: openai/a }',
    })
    const edited = next()
    write(folder, { 'more/a.yaml': 'models: { a: openai/b }' })
    expect(await edited).toBe('changed')
    const added = next()
    write(folder, { 'more/b.yaml': 'models: { b: openai/b }' })
    expect(await added).toBe('changed')
    expect(Object.keys(publishing.current().rules.snapshot.models)).toEqual(['fast', 'a', 'b'])
  })
  test('the first file of a pattern that matched no file is detected', async () => {
    const { folder, next } = await watched(`${good}include: [more/*.yaml]\n`, { 'more/readme.txt': '' })
    const added = next()
    write(folder, { 'more/a.yaml': 'models: { a: openai/a }' })
    expect(await added).toBe('changed')
  })
  test('a ConfigMap swap and a changed link of a parent folder are detected each time', async () => {
    const folder = temporaryFolder()
    write(folder, { 'mount/..one/gatehouse.yaml': good })
    symlinkSync('..one', join(folder, 'mount/..data'))
    symlinkSync('..data/gatehouse.yaml', join(folder, 'mount/gatehouse.yaml'))
    symlinkSync(join(folder, 'mount'), join(folder, 'current'))
    const { next, publishing } = await watchedAt(folder, join(folder, 'current/gatehouse.yaml'))
    const target = () => publishing.current().rules.snapshot.models['fast']?.targets[0]?.target
    for (const [old, name] of [
      ['..one', '..two'],
      ['..two', '..three'],
    ] as const) {
      const swapped = next()
      write(folder, { [`mount/${name}/gatehouse.yaml`]: good.replace('gpt-5-mini', name.slice(2)) })
      symlinkSync(name, join(folder, 'mount/..data_tmp'))
      renameSync(join(folder, 'mount/..data_tmp'), join(folder, 'mount/..data'))
      rmSync(join(folder, 'mount', old), { recursive: true })
      expect(await swapped).toBe('changed')
      expect(target()).toBe(`openai/${name.slice(2)}`)
    }
    write(folder, { 'other/gatehouse.yaml': good.replace('gpt-5-mini', 'other') })
    const moved = next()
    symlinkSync(join(folder, 'other'), join(folder, 'next'))
    renameSync(join(folder, 'next'), join(folder, 'current'))
    expect(await moved).toBe('changed')
    expect(target()).toBe('openai/other')
    // The new target of the link is watched.
    const edited = next()
    write(folder, { 'other/gatehouse.yaml': good })
    expect(await edited).toBe('changed')
  })
  test('a deleted file is a broken edit', async () => {
    const { path, next, publishing } = await watched(good)
    const before = publishing.status().version
    const gone = next()
    unlinkSync(path)
    expect(await gone).toBe('rejected')
    expect(publishing.status().version).toBe(before)
  })
})
