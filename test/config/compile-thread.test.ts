// Configuration is compiled in a thread. Tests that the result is the same as here, mistakes have their
// places, the main thread stays responsive, and no thread is left.

import { afterAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfiguration } from '../../src/control/index.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { type CompileTask, Compiler } from '../../src/main/compiler.ts'
import { kinds } from '../../src/main/kinds.ts'
import { box, environment, now, removeFolders, temporaryFolder } from './compiling.ts'
import { largeConfiguration } from './large.ts'

afterAll(removeFolders)

function question(text: string): CompileTask {
  const folder = temporaryFolder()
  const path = join(folder, 'gatehouse.yaml')
  writeFileSync(path, text)
  return { path, folder, environment, key: box.forThread(), now }
}
const here = ({ path, folder }: CompileTask) => {
  const { problems, files, compiled } = loadConfiguration({
    path,
    folder,
    environment,
    kinds,
    seal: box.seal,
    now,
  })
  return { problems, files, ...(compiled && { compiled }) }
}

/** Threads as the gateway starts them. Counts how many have ended. */
function watching() {
  const seen = { started: 0, ended: 0 }
  const thread = () => {
    seen.started += 1
    const worker = new Worker(new URL('../../src/main/compile-thread.ts', import.meta.url).href)
    worker.addEventListener('close', () => void (seen.ended += 1))
    return worker
  }
  return { seen, thread }
}

const good = `version: 1
providers: { openai: { kind: openai, key: planted-literal-secret }, own: { kind: openai-compatible, url: "http://10.0.0.1/v1", key: "\${OPENAI_EU_KEY}" } }
models: { fast: openai/gpt-5-mini }
teams: { all: { allow: { models: ["*"], tools: ["x/*"] } } }
keys: { ci: { team: all, secret: "\${CI_KEY}" } }
policies: { p: { when: "true", then: { deny: no }, test: [ { text: a, expect: deny } ] } }
`

test('compiling in the thread gives the same result as compiling in this thread', async () => {
  const compiler = new Compiler({ clock: createFakeClock() })
  const asked = question(good)
  const loaded = await compiler.load(asked)
  compiler.close()
  expect(loaded).toEqual(here(asked))
  expect(loaded.compiled?.tests).toHaveLength(1)
  expect(loaded.compiled?.rulesText).not.toContain('planted-literal-secret')
  expect(loaded.problems.map(({ path, line }) => [path, line])).toEqual([['teams.all.allow.tools[0]', 4]])
})

test('the thread reports mistakes with file, line and fix', async () => {
  const compiler = new Compiler({ clock: createFakeClock() })
  const loaded = await compiler.load(question(good.replace('models: ["*"]', 'modles: ["*"]')))
  compiler.close()
  expect(loaded.compiled).toBeUndefined()
  expect(loaded.problems[0]).toMatchObject({
    file: 'gatehouse.yaml',
    line: 4,
    column: 26,
    fix: 'did you mean "models"?',
  })
})

test('compiling does not block, and one thread serves a burst of edits and ends when idle', async () => {
  const { seen, thread } = watching()
  const clock = createFakeClock()
  const compiler = new Compiler({ clock, thread })
  expect(seen.started).toBe(0)
  let isDone = false
  const asked = question(largeConfiguration({ teams: 100, models: 20 }))
  const loading = compiler.load(asked).finally(() => void (isDone = true))
  let turns = 0
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve))
    turns += 1
  }
  // In the main thread, compilation would be done before the first turn ends.
  expect(turns).toBeGreaterThan(1)
  expect((await loading).compiled?.rules.snapshot.teams['team-99']?.path.at(-1)).toBe('team-0')
  clock.advance(9_000)
  await compiler.load(asked)
  clock.advance(9_000)
  expect(seen).toEqual({ started: 1, ended: 0 })
  clock.advance(1_000)
  while (seen.ended === 0) await new Promise((resolve) => setImmediate(resolve))
  await compiler.load(asked)
  expect(seen).toEqual({ started: 2, ended: 1 })
  compiler.close()
}, 20_000)

test('a thread that fails, hangs or is canceled is an error, and the next edit has a new one', async () => {
  const clock = createFakeClock()
  const threads = [
    'throw new Error("no thread")',
    'setInterval(() => {}, 1000)',
    'setInterval(() => {}, 1000)',
  ]
  const thread = () => {
    const source = threads.shift()
    return source === undefined
      ? new Worker(new URL('../../src/main/compile-thread.ts', import.meta.url).href)
      : new Worker(`data:text/javascript,${encodeURIComponent(source)}`)
  }
  const compiler = new Compiler({ clock, thread })
  const asked = question(good)
  expect(await compiler.load(asked).catch(String)).toBe('Error: the thread that compiles it ended')
  const hanging = compiler.load(asked).catch(String)
  clock.advance(120_000)
  expect(await hanging).toBe('Error: compiling took longer than 120 s')
  const stopped = compiler.load(asked).catch(String)
  compiler.close()
  expect(await stopped).toBe('Error: the gateway stops')
  expect((await compiler.load(asked)).compiled).toBeDefined()
  compiler.close()
}, 20_000)
