// Runs the command as users do: bin/gatehouse, in an environment with only the variables of the test.

import { adminKey } from '../admin/world.ts'

export const binary = new URL('../../bin/gatehouse', import.meta.url).pathname

export interface Outcome {
  stdout: string
  stderr: string
  code: number
}

export interface RunOptions {
  /** Address of the gateway. Absent means the command's own default. */
  url?: string
  env?: Record<string, string>
  cwd?: string
  binary?: string
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options)
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { stdout, stderr, code }
}

export function start(args: readonly string[], options: RunOptions = {}) {
  return Bun.spawn([options.binary ?? binary, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      GATEHOUSE_ADMIN_KEY: adminKey,
      ...(options.url === undefined ? {} : { GATEHOUSE_URL: options.url }),
      ...options.env,
    },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
}
