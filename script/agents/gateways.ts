// Two gateways: one for the agents, and one as its provider, which responds in every dialect. The second one
// refuses content that it must never see.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExchangeRecord } from '../../src/contract/record.ts'

export interface Gateways {
  url: string
  key: string
  /** At the first gateway, newest first. */
  records(): Promise<readonly ExchangeRecord[]>
  stop(): Promise<void>
}

const adminKey = 'gha_key-of-a-try-that-is-no-secret-0123456789'
const key = 'gh_key-of-a-try-that-is-no-secret-0123456789'

/** A value that must never pass the first gateway. */
export const secretDomain = 'secret.example'

export async function startGateways(folder: string): Promise<Gateways> {
  const behind = await start(join(folder, 'behind'), behindConfig)
  const before = await start(join(folder, 'before'), beforeConfig(behind.url)).catch(
    async (thrown: unknown) => {
      await behind.stop()
      throw thrown
    },
  )
  return {
    url: before.url,
    key,
    async records() {
      const response = await fetch(`${before.url}/admin/v1/records?limit=100`, {
        headers: { authorization: `Bearer ${adminKey}` },
      })
      const { records }: { records: readonly ExchangeRecord[] } = JSON.parse(await response.text())
      return records
    },
    async stop() {
      await before.stop()
      await behind.stop()
    },
  }
}

const common = `version: 1
listen: 127.0.0.1:0
data: ./data
admin: { key: "${adminKey}" }
teams:
  agents: { allow: { models: ["*"] } }
keys:
  agent: { team: agents, secret: "${key}" }
`

const behindConfig = `${common}providers:
  demo: { kind: demo, options: { pauses: false } }
models:
  helper: demo/agent
guards:
  unseen: { kind: patterns, on: [request], action: block, options: { patterns: { secret: "@secret[.]example" } } }
`

/**
 * Names that the agents know lead to the demo provider. `via-…` leads to the second gateway, in that dialect.
 */
const beforeConfig = (url: string) => `${common}providers:
  demo: { kind: demo, options: { pauses: false } }
  chat: { kind: openai-compatible, url: "${url}/v1", key: "${key}" }
  responses: { kind: openai-compatible, url: "${url}/v1", key: "${key}", options: { dialects: [openai-responses] } }
  anthropic: { kind: anthropic, url: "${url}", key: "${key}" }
  gemini: { kind: gemini, url: "${url}/v1beta", key: "${key}" }
models:
  claude-sonnet-4-5: demo/agent
  gemini-2.5-pro: demo/agent
  gemini-3-flash-preview: demo/agent
  gpt-5.5: demo/agent
  gpt-6-sol: anthropic/helper
  gpt-6.1-sol: gemini/helper
  gpt-6.2-sol: chat/helper
  via-openai-chat: chat/helper
  via-openai-responses: responses/helper
  via-anthropic-messages: anthropic/helper
  via-gemini: gemini/helper
guards:
  addresses: { kind: pii, on: [request], action: restore, restoreIn: [arguments], options: { entities: [email] } }
`

async function start(folder: string, config: string): Promise<{ url: string; stop(): Promise<void> }> {
  mkdirSync(folder)
  writeFileSync(join(folder, 'gatehouse.yaml'), config)
  const child = Bun.spawn([join(import.meta.dir, '../../bin/gatehouse'), 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    stdout: Bun.file(join(folder, 'stdout.txt')),
    stderr: Bun.file(join(folder, 'stderr.txt')),
  })
  async function stop(): Promise<void> {
    child.kill('SIGTERM')
    await child.exited
  }
  const deadline = Date.now() + 30_000
  while (child.exitCode === null && Date.now() < deadline) {
    const output = await Bun.file(join(folder, 'stdout.txt')).text()
    const url = /listening on (http:\S+)/.exec(output)?.[1]
    if (url !== undefined) return { url, stop }
    await pause(50)
  }
  await stop()
  throw new Error(`a gateway did not start; ${folder} has what it output`)
}
