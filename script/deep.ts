// Runs a long test that CI does not run, by name:  npm run deep -- NAME
// Each run writes its settings and results to a committed file in bench/results.

import { writeFileSync } from 'node:fs'

interface Run {
  about: string
  /** Test files and further arguments of the command. */
  test: readonly string[]
  /** Defaults; the environment of the command overrides them. */
  env: Readonly<Record<string, string>>
  /** The result file in bench/results. Default: deep-NAME.md. */
  file?: string
  /** Absent: the last lines of the test output. Otherwise the matching lines, as Markdown. */
  shows?: RegExp
}

const runs: Readonly<Record<string, Run>> = {
  money: {
    about:
      'more histories through the machines of money than CI plays, from another seed; ends at the first violation',
    test: ['test/money/simulation.test.ts', '-t', 'keeps its promises'],
    env: { GATEHOUSE_MONEY_SEED: '1000001', GATEHOUSE_MONEY_SEEDS: '60000' },
  },
  records: {
    about: 'the cost of queries over 2 million records, generated from a seed: index, rows and CPU',
    test: ['test/storage/plans.test.ts'],
    env: { GATEHOUSE_RECORDS: '2000000', GATEHOUSE_RECORDS_SEED: '1' },
    file: 'records.md',
    shows: /^\|| records, seed /,
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
const settings = Object.fromEntries(
  Object.entries(run.env).map(([key, value]) => [key, process.env[key] ?? value]),
)
const child = Bun.spawn([process.execPath, 'test', '--timeout', '86400000', ...run.test], {
  env: { ...process.env, ...settings },
  stdout: 'pipe',
  stderr: 'pipe',
})
const output = (
  await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
).join('')
const code = await child.exited
console.log(output)
// The local path of the test file and its times are not useful to a reader.
const found = output
  .trim()
  .split('\n')
  .filter((line) => line !== '' && !/^(bun test |Ran |\S+\.test\.ts:$)/.test(line))
/** The matching lines. Markdown tables need an empty line before them. */
function lines(shown: RegExp): string {
  const matching = found.filter((line) => shown.test(line))
  return matching
    .map((line, index) =>
      line.startsWith('|') && !matching[index - 1]?.startsWith('|') ? `\n${line}` : line,
    )
    .join('\n')
}

writeFileSync(
  new URL(`../bench/results/${run.file ?? `deep-${name}.md`}`, import.meta.url),
  `# npm run deep -- ${name}

About: ${run.about}.
Result: ${code === 0 ? 'passed' : `failed (exit code ${code})`}.
Settings: ${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}

${run.shows ? lines(run.shows) : `\`\`\`\n${found.slice(-20).join('\n')}\n\`\`\``}
`,
)
process.exit(code)
