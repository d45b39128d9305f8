// Load by wrk, which keeps every connection busy.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from './contenders/start.ts'

export interface PostedRequest {
  path: string
  headers: Readonly<Record<string, string>>
  body: string
}

/** @throws Error when nothing was answered */
export async function wrk(
  contender: Contender,
  { path, headers, body }: PostedRequest,
  connections: number,
  seconds: number,
  folder: string,
) {
  const [script, file] = [join(folder, 'post.lua'), join(folder, 'body.json')]
  const sent = Object.entries(headers).map(
    ([name, value]) => `wrk.headers["${name}"] = ${JSON.stringify(value)}`,
  )
  writeFileSync(file, body)
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\n${sent.join('\n')}\nlocal file = io.open("${file}", "rb")\nwrk.body = file:read("*a")\nfile:close()\n`,
  )
  const url = `http://127.0.0.1:${contender.port}${path}`
  const child = Bun.spawn(
    ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url],
    {
      stderr: 'pipe',
      timeout: seconds * 1000 + 60_000,
    },
  )
  const text = await new Response(child.stdout).text()
  const count = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
  const calls = count(/(\d+) requests in/)
  if (calls === 0)
    throw new Error(
      `${contender.name} answered nothing: ${text}${await new Response(child.stderr).text()}${contender.log()}`,
    )
  const broken = count(/connect (\d+)/) + count(/read (\d+)/) + count(/write (\d+)/) + count(/timeout (\d+)/)
  return { calls, failed: count(/Non-2xx or 3xx responses: (\d+)/) + broken }
}
