// Puts the agents' packages, at the versions written in agents.ts, into a cache folder of the machine. No
// install script runs: the binaries are in packages per platform.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from './agents.ts'

/** @returns the folder `node_modules` */
export async function install(agents: readonly Agent[]): Promise<string> {
  const dependencies = Object.fromEntries(agents.map((agent) => [agent.package, agent.version]))
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'gatehouse', 'agents')
  const folder = join(cache, Bun.hash(JSON.stringify(dependencies)).toString(16))
  const packages = join(folder, 'node_modules')
  if (existsSync(packages)) return packages
  console.log(
    `installing ${agents.map((agent) => `${agent.package}@${agent.version}`).join(', ')} into ${folder} (some 900 MB, once) ...`,
  )
  // only a complete folder gets its name, so an interrupted install starts again
  const making = `${folder}.new`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  writeFileSync(join(making, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const npm = Bun.spawn(
    ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: making,
      stdout: 'inherit',
      stderr: 'inherit',
    },
  )
  if ((await npm.exited) !== 0) throw new Error('the agents could not be installed; npm says why above')
  renameSync(making, folder)
  return packages
}
