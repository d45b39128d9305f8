// The long runs that CI does not do, by name:  npm run deep -- NAME
// Each writes its last lines to bench/results/deep-NAME.txt, which is committed.

import { writeFileSync } from 'node:fs'

interface Run {
  about: string
  /** Test files, and more of the command. */
  test: readonly string[]
  env: Readonly<Record<string, string>>
}

const runs: Readonly<Record<string, Run>> = {
  money: {
    about: 'ten times the histories of CI through the machines of money, from another seed',
    test: ['test/money/simulation.test.ts', '-t', 'keeps its promises'],
    env: { GATEHOUSE_MONEY_SEED: '1000001', GATEHOUSE_MONEY_SEEDS: '100000' },
  },
}

const name = process.argv[2] ?? ''
const run = runs[name]
if (!run) {
  console.error(
    `npm run deep -- NAME, where NAME is one of:\n${Object.entries(runs)
      .map(([known, { about }]) => `  ${known}: ${about}`)
      .join('\n')}`,
  )
  process.exit(2)
}
const child = Bun.spawn([process.execPath, 'test', '--timeout', '86400000', ...run.test], {
  env: { ...process.env, ...run.env },
  stdout: 'pipe',
  stderr: 'pipe',
})
const output = (await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])).join('')
const code = await child.exited
console.log(output)
const settings = Object.entries(run.env)
  .map(([key, value]) => `${key}=${value}`)
  .join(' ')
writeFileSync(
  new URL(`../bench/results/deep-${name}.txt`, import.meta.url),
  `${settings} ${run.test.join(' ')}\n${output.trim().split('\n').slice(-12).join('\n')}\n`,
)
process.exit(code)
