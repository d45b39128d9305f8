// Publishing: the last good configuration stays in force, whatever is written into the file.

import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { adminActor } from '../../src/contract/actor.ts'
import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compiled, Publisher, ReloadOutcome } from '../../src/control/index.ts'
import { lastGood, publisher, RejectedConfiguration } from '../../src/control/index.ts'
import { fakeClock } from '../../src/kit/fake-clock.ts'
import { realClock } from '../../src/kit/real-clock.ts'
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

function start(
  text: string,
  options: { clock?: Clock; watches?: boolean; report?: (outcome: ReloadOutcome) => void; env?: Record<string, string> } = {},
) {
  const folder = temporaryFolder()
  const path = join(folder, 'gatehouse.yaml')
  write(folder, { 'gatehouse.yaml': text })
  const swapped: Compiled[] = []
  const publishing = publisher({
    load: () => load(path, options.env ?? environment),
    swap: (compiled) => void swapped.push(compiled),
    clock: options.clock ?? fakeClock(),
    watches: options.watches ?? false,
    report: (_, outcome) => options.report?.(outcome),
  })
  open.push(publishing)
  return { folder, path, swapped, publishing, data: join(folder, 'data') }
}

describe('publishing', () => {
  test('puts the rules in force and on disk, for the owner only and without secrets', () => {
    const { swapped, data, publishing } = start(good)
    expect(swapped).toHaveLength(1)
    const text = readFileSync(join(data, 'snapshot.json'), 'utf8')
    expect(text).not.toContain('planted')
    expect(text).not.toContain(environment.CI_KEY)
    expect(statSync(join(data, 'snapshot.json')).mode & 0o777).toBe(0o600)
    expect(lastGood(data)?.snapshot).toEqual(publishing.current().snapshot)
  })
  test('takes a good edit', () => {
    const { path, swapped, publishing, data } = start(good)
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    expect(publishing.reload(adminActor)).toBe('changed')
    expect(swapped).toHaveLength(2)
    expect(publishing.status().version).toBe(publishing.current().snapshot.version)
    expect(lastGood(data)?.snapshot.models['fast']?.targets[0]?.target).toBe('openai/gpt-5')
  })
  test('refuses a broken edit, keeps the last good one, and tells why until it is mended', () => {
    const { path, swapped, publishing, data } = start(good)
    const before = publishing.status().version
    writeFileSync(path, good.replace('fast:', 'fast/er:'))
    expect(publishing.reload(adminActor)).toBe('rejected')
    expect(swapped).toHaveLength(1)
    expect(publishing.status()).toMatchObject({ version: before, problems: [{ line: 3, severity: 'error' }] })
    expect(publishing.status().rejectedAt).toBeNumber()
    expect(lastGood(data)?.snapshot.version).toBe(before)
    writeFileSync(path, good)
    expect(publishing.reload(adminActor)).toBe('unchanged')
    expect(publishing.status().rejectedAt).toBeUndefined()
    expect(publishing.status().problems).toEqual([])
  })
  test('leaves everything as it is when nothing changed but the layout', () => {
    const { path, swapped, publishing } = start(good)
    writeFileSync(path, `# a comment\n${good}`)
    expect(publishing.reload(adminActor)).toBe('unchanged')
    expect(swapped).toHaveLength(1)
  })
  test('sees a new secret of a key, which the rules do not show', () => {
    const env: Record<string, string> = { ...environment }
    const { swapped, publishing } = start(good, { env })
    env['CI_KEY'] = 'another-secret-of-the-same-key'
    expect(publishing.reload(adminActor)).toBe('changed')
    expect(swapped[1]?.keys[0]?.secrets).not.toEqual(swapped[0]?.keys[0]?.secrets ?? [])
    expect(swapped[1]?.snapshot.version).toBe(swapped[0]?.snapshot.version ?? '')
  })
  test('says which settings wait for a restart, and takes the rest', () => {
    const { path, publishing, folder } = start(good)
    writeFileSync(path, `${good.replace('gpt-5-mini', 'gpt-5')}listen: 0.0.0.0:9999\ndata: ./elsewhere\n`)
    expect(publishing.reload(adminActor)).toBe('changed')
    expect(publishing.status().needsRestart).toEqual(['listen', 'data'])
    expect(publishing.current().settings.listen.port).toBe(8080)
    expect(lastGood(join(folder, 'data'))?.snapshot.models['fast']?.targets[0]?.target).toBe('openai/gpt-5')
    expect(lastGood(join(folder, 'elsewhere'))).toBeUndefined()
    writeFileSync(path, good)
    publishing.reload(adminActor)
    expect(publishing.status().needsRestart).toEqual([])
  })
  test('keeps what is in force when the new one cannot be put there', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'gatehouse.yaml')
    write(folder, { 'gatehouse.yaml': good })
    let isBroken = false
    const publishing = publisher({
      load: () => load(path),
      swap: () => {
        if (isBroken) throw new Error('no guard of that kind')
      },
      clock: fakeClock(),
      watches: false,
    })
    open.push(publishing)
    const before = publishing.current()
    isBroken = true
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    expect(publishing.reload(adminActor)).toBe('rejected')
    expect(publishing.current()).toBe(before)
    expect(lastGood(join(folder, 'data'))?.snapshot.version).toBe(before.snapshot.version)
    expect(publishing.status().problems[0]?.message).toContain('no guard of that kind')
    isBroken = false
    expect(publishing.reload(adminActor)).toBe('changed')
  })
  test('survives a loader that fails itself', () => {
    let isBroken = false
    const folder = temporaryFolder()
    write(folder, { 'gatehouse.yaml': good })
    const publishing = publisher({
      load: () => {
        if (isBroken) throw new Error('planted fault')
        return load(join(folder, 'gatehouse.yaml'))
      },
      swap: () => {},
      clock: fakeClock(),
      watches: false,
    })
    open.push(publishing)
    isBroken = true
    expect(publishing.reload(adminActor)).toBe('rejected')
    expect(publishing.status().problems[0]?.message).toContain('planted fault')
  })
  test('has nothing to start with when the first file is broken', () => {
    try {
      start('version: 7')
      expect.unreachable()
    } catch (thrown) {
      if (!(thrown instanceof RejectedConfiguration)) throw thrown
      expect(thrown.problems).toHaveLength(1)
    }
  })
  test('finds no last snapshot where there is none or a broken one', () => {
    const folder = temporaryFolder()
    expect(lastGood(folder)).toBeUndefined()
    write(folder, { 'snapshot.json': '{"half":' })
    expect(lastGood(folder)).toBeUndefined()
    write(folder, { 'snapshot.json': '{}' })
    expect(lastGood(folder)).toBeUndefined()
  })
})

describe('watching', () => {
  /** Resolves at the next reload; the runner's own time-out is the bound. */
  function watched(text: string, files: Readonly<Record<string, string>> = {}) {
    let tell: (outcome: ReloadOutcome) => void = () => {}
    const folderFirst = temporaryFolder()
    write(folderFirst, { ...files, 'gatehouse.yaml': text })
    const path = join(folderFirst, 'gatehouse.yaml')
    const publishing = publisher({ load: () => load(path), swap: () => {}, clock: realClock(), watches: true, report: (_, outcome) => tell(outcome) })
    open.push(publishing)
    const next = () => new Promise<ReloadOutcome>((resolve) => void (tell = resolve))
    return { folder: folderFirst, path, publishing, next }
  }
  test('an edit in place, one by renaming over, and another one after that are all seen', async () => {
    const { path, next, publishing } = watched(good)
    for (const [model, edit] of [
      ['a', (text: string) => writeFileSync(path, text)],
      ['b', (text: string) => (writeFileSync(`${path}.tmp`, text), renameSync(`${path}.tmp`, path))],
      ['c', (text: string) => (writeFileSync(`${path}.tmp`, text), renameSync(`${path}.tmp`, path))],
    ] as const) {
      const reloaded = next()
      edit(good.replace('gpt-5-mini', model))
      expect(await reloaded).toBe('changed')
      expect(publishing.current().snapshot.models['fast']?.targets[0]?.target).toBe(`openai/${model}`)
    }
  })
  test('a broken edit is rejected, and mending it is seen too', async () => {
    const { path, next } = watched(good)
    const broken = next()
    writeFileSync(path, 'version: [')
    expect(await broken).toBe('rejected')
    const mended = next()
    writeFileSync(path, good.replace('gpt-5-mini', 'gpt-5'))
    expect(await mended).toBe('changed')
  })
  test('included files are watched, new ones as well', async () => {
    const { folder, next, publishing } = watched(`${good}include: [more/*.yaml]\n`, { 'more/a.yaml': 'models: { a: openai/a }' })
    const edited = next()
    write(folder, { 'more/a.yaml': 'models: { a: openai/b }' })
    expect(await edited).toBe('changed')
    const added = next()
    write(folder, { 'more/b.yaml': 'models: { b: openai/b }' })
    expect(await added).toBe('changed')
    expect(Object.keys(publishing.current().snapshot.models)).toEqual(['fast', 'a', 'b'])
  })
  test('the first file of a pattern that matched none is seen', async () => {
    const { folder, next } = watched(`${good}include: [more/*.yaml]\n`, { 'more/readme.txt': '' })
    const added = next()
    write(folder, { 'more/a.yaml': 'models: { a: openai/a }' })
    expect(await added).toBe('changed')
  })
  test('a file that is gone is a broken edit', async () => {
    const { path, next, publishing } = watched(good)
    const before = publishing.status().version
    const gone = next()
    unlinkSync(path)
    expect(await gone).toBe('rejected')
    expect(publishing.status().version).toBe(before)
  })
})
