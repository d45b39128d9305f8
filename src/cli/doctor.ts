// `gatehouse doctor`: checks whether this machine can run a gateway, and the health of the gateway that runs
// here.

import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { probeSpace, probeWrites } from './doctor/disk.ts'
import type { Finding } from './doctor/finding.ts'
import { probeGateway } from './doctor/gateway.ts'
import { probeMount } from './doctor/mounts.ts'
import { probeOpenFiles } from './doctor/process.ts'
import { Failure } from './failure.ts'
import type { CheckReport, Main } from './main-api.ts'
import { type Color, paint } from './terminal/color.ts'
import { plain } from './terminal/plain.ts'
import type { Terminal } from './terminal/terminal.ts'

interface Options {
  config?: string
  data?: string
  url?: string
  adminKeyFile?: string
  json?: boolean
}

export function doctorCommand(program: Command, terminal: Terminal, loadMain: () => Promise<Main>): void {
  const doctor = program
    .command('doctor')
    .description('check disk, clock, port, configuration and providers; exit code 1 if there is a problem')
    .option(
      '--config <path>',
      'configuration file (default: $GATEHOUSE_CONFIG, else ./gatehouse.yaml, else none)',
    )
    .option('--data <path>', 'data folder (default: as configured, else ./data)')
    .option(
      '--url <url>',
      'address of the gateway, if it runs (default: $GATEHOUSE_URL, else http://127.0.0.1:8080)',
    )
    .option('--admin-key-file <path>', 'file with the admin key (default: $GATEHOUSE_ADMIN_KEY)')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ gatehouse doctor\n  $ gatehouse doctor --data /var/lib/gatehouse --json',
    )
  doctor.action(async () => {
    const options = doctor.opts<Options>()
    const findings = await examine(terminal, options, await loadMain())
    if (options.json) terminal.print(JSON.stringify({ findings }, null, 2))
    else for (const finding of findings) terminal.print(line(terminal, finding))
    const problems = findings.filter((finding) => finding.verdict === 'problem').length
    if (problems > 0)
      throw new Failure(
        'refused',
        options.json ? '' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`,
      )
  })
}

async function examine(terminal: Terminal, options: Options, main: Main): Promise<Finding[]> {
  const report = await main.checkConfiguration({
    ...(options.config === undefined ? {} : { configPath: options.config }),
    env: terminal.env,
  })
  const folder = existing(resolve(options.data ?? report.settings?.data ?? 'data'))
  return [
    configuration(report),
    probeMount(folder),
    probeWrites(folder, terminal.clock),
    probeSpace(folder),
    probeOpenFiles(),
    ...(await probeGateway(terminal, options, report.settings?.listen)),
  ]
}

function configuration({ file, problems }: CheckReport): Finding {
  const probe = 'configuration'
  const name = file ?? 'no file: the defaults'
  const mistakes = problems.filter((problem) => problem.severity !== 'warning').length
  if (mistakes === 0) return { probe, verdict: 'ok', detail: name }
  return {
    probe,
    verdict: 'problem',
    detail: `${name} has ${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'}; \`gatehouse check\` lists them`,
  }
}

/** The folder, or its nearest parent that exists. The gateway creates the rest. */
const existing = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder))

const colors: Readonly<Record<Finding['verdict'], Color>> = {
  ok: 'green',
  warning: 'yellow',
  problem: 'red',
  'not checked': 'dim',
}

const line = (terminal: Terminal, { probe, verdict, detail }: Finding): string =>
  `${paint(terminal, colors[verdict], verdict.padEnd(11))}  ${plain(probe)}: ${plain(detail)}`
