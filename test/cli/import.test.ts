// A LiteLLM proxy's configuration is imported, checked and served. Settings that cannot be imported are
// named.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importLiteLlm } from '../../src/control/index.ts'
import { importedVendors } from '../../src/control/import/litellm-vendors.ts'
import { kinds } from '../../src/main/kinds.ts'
import { run, start } from './command.ts'

const fixture = new URL('../fixtures/litellm/config.yaml', import.meta.url).pathname
let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-import-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const admin = `gha_${'planted'.repeat(7).slice(0, 43)}`
const env = {
  GATEHOUSE_ADMIN_KEY: admin,
  AZURE_EU_BASE: 'https://planted.openai.azure.com',
  AZURE_EU_KEY: 'planted-azure',
  OPENAI_API_KEY: 'planted-openai',
  OPENAI_ORG: 'org-planted',
  ANTHROPIC_API_KEY: 'planted-anthropic',
  GROQ_API_KEY: 'planted-groq',
  UPSTREAM_KEY_1: 'sk-literal-planted-secret-0123456789',
  GATEHOUSE_LISTEN: '127.0.0.1:0',
}

test('60 lines of LiteLLM configuration are imported, pass the check, and serve a call', async () => {
  const seen: { path: string; key: string | null; body: unknown }[] = []
  const upstream = Bun.serve({
    port: 0,
    async fetch(request) {
      if (request.method === 'GET') return Response.json({ object: 'list', data: [] })
      const { pathname } = new URL(request.url)
      seen.push({ path: pathname, key: request.headers.get('authorization'), body: await request.json() })
      const message = { role: 'assistant', content: 'Hello' }
      return Response.json({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'llama-3.3-70b',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
      })
    },
  })
  const source = join(folder, 'config.yaml')
  writeFileSync(source, readFileSync(fixture, 'utf8').replace('UPSTREAM_PORT', String(upstream.port)))
  const imported = await run(['import', 'litellm', source])
  expect(imported.code).toBe(0)
  const path = join(folder, 'gatehouse.yaml')
  writeFileSync(path, imported.stdout)
  const checked = await run(['check', '--config', path], { env })
  expect([checked.code, checked.stderr]).toEqual([0, ''])

  const gateway = start(['serve'], { cwd: folder, env })
  try {
    const url = await readUntil(gateway.stdout, /listening on (http:\/\/\S+)/)
    const created = await run(['keys', 'create', 'app', '--team', 'everyone'], { url, env })
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${created.stdout.trim()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'local', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    expect(response.status).toBe(200)
    const [call] = seen
    expect(call).toMatchObject({
      path: '/v1/chat/completions',
      key: `Bearer ${env.UPSTREAM_KEY_1}`,
      body: { model: 'llama-3.3-70b' },
    })
    const { stdout } = await run(['records', 'list', '--json'], { url, env })
    expect(stdout).toContain('server/llama-3.3-70b')
  } finally {
    gateway.kill('SIGTERM')
    await gateway.exited
    await upstream.stop(true)
  }
})

test('accounts, weights, fallbacks, aliases, prices, rates, budgets and timeouts are imported', () => {
  const { configuration } = importLiteLlm(readFileSync(fixture, 'utf8'))
  expect(configuration).toMatchObject({
    timeouts: { total: '600s' },
    retry: { attempts: 3 },
    limits: { inFlight: 500 },
    providers: {
      azure: {
        url: '${AZURE_EU_BASE}',
        options: { apiVersion: '2024-10-21', deployments: { 'gpt-4o-eu': 'gpt-4o' } },
      },
      openai: { timeouts: { total: '300s', firstToken: '60s' }, options: { organization: '${OPENAI_ORG}' } },
      ollama: { url: 'http://127.0.0.1:11434/v1' },
    },
    models: {
      'gpt-4o': {
        strategy: 'weighted',
        targets: [
          { target: 'azure/gpt-4o-eu', weight: 3 },
          { target: 'openai/gpt-4o', weight: 1 },
          { target: 'anthropic/claude-sonnet-4-5', weight: 0 },
        ],
        fallbackOn: ['error', 'timeout', 'rate-limit'],
      },
      claude: { fallbackOn: ['context-window'], limits: { requests: '120/min', tokens: '400000/min' } },
      local: { targets: [{ price: { input: 0.1, output: 0.4 } }, 'ollama/qwen3:8b'] },
      small: 'ollama/qwen3:8b',
    },
    teams: { everyone: { allow: { models: ['*', 'groq/*'] }, budgets: [{ amount: 250, per: 'month' }] } },
  })
  expect(configuration['models']).toHaveProperty('gpt-4')
})

test('every setting that is not imported is named, and no secret is repeated', async () => {
  const { stdout, stderr } = await run(['import', 'litellm', fixture])
  for (const path of [
    'model_list[3].litellm_params.api_key',
    'model_list[3].litellm_params.temperature',
    'model_list[6].litellm_params.model',
    'router_settings.fallbacks[1]',
    'router_settings.redis_host',
    'litellm_settings.drop_params',
    'general_settings.master_key',
    'general_settings.database_url',
    'guardrails',
  ])
    expect(stderr).toContain(`${path}: `)
  expect(stdout + stderr).not.toContain('planted')
})

test('a setting that the import does not know is named in every section', () => {
  const text = readFileSync(fixture, 'utf8')
  const odd = text
    .replace('router_settings:', 'router_settings:\n  planted_one: 1')
    .replace('general_settings:', 'general_settings:\n  planted_two: 2')
    .replace('litellm_settings:', 'litellm_settings:\n  planted_three: 3\n')
    .replace('    model_info:', '    planted_four: 4\n    model_info:\n      planted_five: 5')
  const { notes } = importLiteLlm(`planted_six: 6\n${odd}`)
  const planted = notes.map(({ path }) => path).filter((path) => path.includes('planted'))
  expect(planted.toSorted((left, right) => left.localeCompare(right))).toEqual([
    'general_settings.planted_two',
    'litellm_settings.planted_three',
    'model_list[0].model_info.planted_five',
    'model_list[0].planted_four',
    'planted_six',
    'router_settings.planted_one',
  ])
})

test('each vendor that the import knows has a provider kind', () => {
  const known = new Set(kinds.destinations.providers?.map(({ kind }) => kind))
  for (const { kind } of Object.values(importedVendors)) expect([kind, known.has(kind)]).toEqual([kind, true])
})

test('a file without a configuration is refused', async () => {
  const path = join(folder, 'list.yaml')
  writeFileSync(path, '- one\n- two\n')
  expect(await run(['import', 'litellm', path])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the file must hold a map'),
  })
  expect((await run(['import', 'litellm', join(folder, 'missing.yaml')])).stderr).toContain('ENOENT')
  writeFileSync(path, 'a: [')
  expect((await run(['import', 'litellm', path])).code).toBe(1)
})

async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const [, found] = pattern.exec(text) ?? []
    if (found !== undefined) return found
  }
  throw new Error(`the gateway ended after: ${text}`)
}
