// `npm run replay -- FOLDER`: plays recorded exchanges with real providers through a real gateway, in their
// own dialect and across dialects.
//   --only TEXT     only recordings whose name, provider or dialect contains TEXT
//   --seed N        where streams are cut (printed; default 1)
//   --json          the whole result as JSON instead of tables
//   --checks LIST   of same, requests, answers, round-trips (default: all)

import { parseArgs } from 'node:util'
import { checks, replay, type Check } from './replay.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    checks: { type: 'string', default: checks.join(',') },
  },
})
const [folder] = positionals
if (folder === undefined) {
  console.error(
    'usage: npm run replay -- FOLDER [--only TEXT] [--seed N] [--json] [--checks same,requests,answers,round-trips]',
  )
  process.exit(2)
}
const { report, recordings, withoutDoor, seconds } = await replay({
  folder,
  seed: Number(values.seed),
  ...(values.only !== undefined && { only: values.only }),
  checks: values.checks.split(',') as Check[],
})
if (values.json)
  console.log(
    JSON.stringify(
      { folder, seed: Number(values.seed), recordings, withoutDoor, ...Object(report.toJSON()) },
      null,
      1,
    ),
  )
else {
  console.log(`${recordings} recordings of ${folder}, seed ${values.seed}, ${seconds.toFixed(1)} s`)
  console.log(
    `no door for: ${
      Object.entries(withoutDoor)
        .map(([protocol, count]) => `${protocol} ${count}`)
        .join(', ') || 'none'
    }\n`,
  )
  console.log(report.table())
  console.log(`\nrefused because:\n${report.refusals()}`)
  for (const { check, pair, recording, what } of report.differences)
    console.log(`\n${check}, ${pair}: ${recording}\n  ${what}`)
  console.log(
    `\n${report.differences.length === 0 ? 'no differences' : `${report.differences.length} differences`}`,
  )
}
process.exit(report.differences.length === 0 ? 0 : 1)
