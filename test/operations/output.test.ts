// The reader of the log may exit: a running gateway does not end with it.

import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { behave, chat } from '../upstreams/index.ts'
import { testerKey } from '../journeys/gateway.ts'
import { said, scenes } from '../journeys/scene.ts'
import { binary, endAll, eventually, launch, newFolder } from './process.ts'

const { provider: newProvider } = scenes()
afterEach(endAll)

test('a closed pipe on stdout and stderr ends no call and no gateway', async () => {
  const provider = await newProvider()
  const config = `
providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 10, output: 20 } } ] }
teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: 5, per: total } ] } }
`
  const folder = newFolder()
  // head reads the banner and exits: every later log line meets a closed pipe
  const wrap = [
    'bash',
    '-c',
    '(echo $BASHPID > pid; exec "$@") 2>&1 | grep -m 1 --line-buffered listening',
    'bash',
  ]
  const { said: output } = launch({ config, folder, wrap })
  const url = await eventually('it listens', async () => /listening on (\S+)/.exec(output.text)?.[1])
  const pid = Number(await Bun.file(join(folder, 'pid')).text())
  try {
    // a bill above its bound is logged
    const bill = { prompt_tokens: 9, completion_tokens: 100_000, total_tokens: 100_009 }
    for (let call = 0; call < 3; call += 1) {
      provider.next(behave.json({ ...chat.completion('Hello'), usage: bill }))
      await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testerKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'fast', max_tokens: 20, messages: said('Hi') }),
      })
    }
    await fetch(`${url}/healthz`)
    await Bun.sleep(300)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(() => process.kill(pid, 0)).not.toThrow()
  } finally {
    process.kill(pid, 'SIGTERM')
  }
}, 20_000)

test('other commands end together with their reader, without an error', async () => {
  const child = Bun.spawn(['bash', '-c', `"${binary}" --help | head -n 1; exit \${PIPESTATUS[0]}`], {
    stdout: 'pipe',
  })
  expect(await child.exited).toBe(0)
})
