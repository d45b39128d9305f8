import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { behave, fakeProvider, type FakeProvider, type ManualAnswer } from './index.ts'
import { codeOf, type Dialling, dialling, errorOf, providerRule } from './dialling.ts'

const timeouts = { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 30_000, totalMs: 600_000 }
let provider: FakeProvider
let line: Dialling
beforeEach(async () => {
  provider = await fakeProvider()
  line = dialling()
})
afterEach(async () => {
  line.upstream.close()
  await provider.close()
})

const rule = (more = {}) => providerRule(provider.url, { timeouts: { ...timeouts, ...more } })

async function streaming(more = {}): Promise<{
  answer: ManualAnswer
  body: { next(): Promise<Uint8Array | undefined>; cancel(): Promise<void> }
}> {
  const response = behave.manual()
  provider.next(response)
  const dialed = line.dial(rule(more))
  await response.started
  response.head(200, { 'content-type': 'text/event-stream' })
  return { answer: response, body: (await dialed).body }
}

test('no headers within the first-token timeout: the call fails and its socket closes', async () => {
  const response = behave.manual()
  provider.next(response)
  const outcome = errorOf(line.dial(rule()))
  await response.started
  line.clock.advance(60_000)
  const error = await outcome
  expect(error.code).toBe('upstream-timeout')
  expect(error.message).toBe('provider "fake" sent nothing within 60000 ms (first-token time-out)')
  await response.closed
})

test('headers do not stop the first-token clock, bytes do', async () => {
  const late = await streaming()
  const outcome = errorOf(late.body.next())
  line.clock.advance(60_000)
  expect((await outcome).message).toContain('first-token time-out')
  await late.answer.closed

  const { answer, body } = await streaming()
  line.clock.advance(59_999)
  answer.push('data: 1\n\n')
  await body.next()
  const second = body.next()
  line.clock.advance(29_999)
  answer.push('data: 2\n\n')
  expect((await second)?.length).toBe(9)
  await body.cancel()
})

test('a whole response that never completes reaches the first-token timeout', async () => {
  const response = behave.manual()
  provider.next(response)
  const dialed = line.dial(rule())
  await response.started
  response.head(200, { 'content-length': '100' })
  response.push('{')
  const outcome = errorOf((await dialed).bytes(1_000))
  line.clock.advance(60_000)
  expect((await outcome).code).toBe('upstream-timeout')
  await response.closed
})

test('a stream that stalls reaches the idle timeout', async () => {
  const { answer, body } = await streaming()
  answer.push('data: 1\n\n')
  await body.next()
  const outcome = errorOf(body.next())
  line.clock.advance(29_999)
  line.clock.advance(1)
  expect((await outcome).message).toBe('provider "fake" fell silent within 30000 ms (idle time-out)')
  await answer.closed
})

test('a stream that keeps sending can run many times longer than the idle timeout', async () => {
  const { answer, body } = await streaming()
  for (let i = 0; i < 10; i += 1) {
    const reading = body.next()
    line.clock.advance(29_000)
    answer.push(`data: ${i}\n\n`)
    expect(await reading).toBeDefined()
  }
  answer.end()
  expect(await body.next()).toBeUndefined()
})

test('a slow reader does not count as a silent provider', async () => {
  const { answer, body } = await streaming()
  answer.push('data: 1\n\n')
  await body.next()
  line.clock.advance(400_000)
  answer.push('data: 2\n\n')
  expect((await body.next())?.length).toBe(9)
  await body.cancel()
})

test('the total timeout ends a call that never stops sending, even while the client does not read', async () => {
  const { answer, body } = await streaming()
  answer.push('data: 1\n\n')
  await body.next()
  line.clock.advance(600_000)
  const error = await errorOf(body.next())
  expect(error.message).toBe('provider "fake" was not done within 600000 ms (total time-out)')
  await answer.closed
})

test('with every timeout at 0, half an hour of silence is not an error', async () => {
  const { answer, body } = await streaming({ connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 })
  const reading = body.next()
  line.clock.advance(1_800_000)
  answer.push('data: at last\n\n')
  expect(new TextDecoder().decode(await reading)).toBe('data: at last\n\n')
  await body.cancel()
})

test('a call that is over leaves no timer', async () => {
  let pending = 0
  const { clock } = line
  const after = clock.after.bind(clock)
  clock.after = (ms, run) => {
    pending += 1
    let isOver = false
    const over = () => {
      if (!isOver) pending -= 1
      isOver = true
    }
    const timer = after(ms, () => {
      over()
      run()
    })
    return {
      cancel() {
        over()
        timer.cancel()
      },
    }
  }
  await (await line.dial(rule())).bytes(10_000)
  provider.next(behave.sse('data: 1\n\ndata: 2\n\n', { cuts: { at: [9] } }))
  const { body } = await line.dial(rule())
  // one more watches the idle connection
  while (await body.next()) expect(pending).toBeLessThan(3)
  provider.next(behave.closeAtOnce())
  await codeOf(line.dial(rule()))
  provider.next(behave.endless())
  await (await line.dial(rule())).body.cancel()
  expect(pending).toBe(1)
  line.upstream.close()
  expect(pending).toBe(0)
})

test('a provider that accepts connections may take longer to respond than the connect timeout', async () => {
  const response = behave.manual()
  provider.next(response)
  const dialed = line.dial(rule())
  await response.started
  line.clock.advance(25_000)
  response.head(200)
  response.push('thought through')
  expect((await (await dialed).body.next())?.length).toBe(15)
  response.end()
})

test('a provider that accepts no connection fails within the connect timeout', async () => {
  const hole = await blackHole()
  try {
    let sent = 0
    const outcome = errorOf(
      line.dial(providerRule(hole.url, { timeouts }), { onSent: () => void (sent += 1) }),
    )
    await turns()
    line.clock.advance(9_999)
    await turns()
    line.clock.advance(1)
    expect((await outcome).message).toBe(
      'provider "fake" did not accept a connection within 10000 ms (connect timeout)',
    )
    expect(sent).toBe(0)
  } finally {
    hole.close()
  }
})

async function turns() {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * A listener that accepts nothing and whose queue is full: the kernel silently drops further connection
 * attempts.
 */
async function blackHole(): Promise<{ url: string; close(): void }> {
  const script = `
    const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const child = spawn('node', ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text) => resolve(Number(text))),
  )
  const fillers: Socket[] = []
  for (let i = 0; i < 2; i += 1) {
    const filler = connect(port, '127.0.0.1')
    filler.on('error', () => {})
    fillers.push(filler)
    await new Promise<void>((resolve) => filler.once('connect', () => resolve()))
  }
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
    },
  }
}
