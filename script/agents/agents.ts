// The agents: their packages, how each gets the address of the gateway and its key (as in its guide), and how
// to give it one prompt without a terminal.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { blockOf, environmentOf, guideUrl } from './guide.ts'

export interface Agent {
  name: 'claude-code' | 'codex' | 'gemini-cli'
  package: string
  version: string
  /** Its own dialect. */
  dialect: string
  /** A model name that the agent knows. The gateway serves it from another target. */
  model: string
  /** Creates the files that the agent needs in its folders. */
  command(asking: Asking): Command
  /** Extracts the final text from the output. */
  finalText(asking: Asking, stdout: string): string
}

export interface Asking {
  prompt: string
  model: string
  url: string
  key: string
  /** The folder of the packages. */
  packages: string
  /** The agent's own folder, empty at the start. */
  home: string
}

export interface Command {
  line: readonly string[]
  env: Readonly<Record<string, string>>
}

const claudeCode: Agent = {
  name: 'claude-code',
  package: '@anthropic-ai/claude-code',
  version: '2.1.332',
  dialect: 'anthropic-messages',
  model: 'claude-sonnet-4-5',
  command: ({ prompt, model, url, key, packages }) => ({
    // the launcher for installations without install scripts
    line: [
      'node',
      join(packages, '@anthropic-ai/claude-code/cli-wrapper.cjs'),
      '-p',
      prompt,
      '--output-format',
      'json',
      '--allowedTools',
      'Read',
      'Bash',
      'WebSearch',
    ],
    env: {
      ...environmentOf('claude-code', {
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: key,
        ANTHROPIC_MODEL: model,
        ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      }),
      DISABLE_AUTOUPDATER: '1',
    },
  }),
  finalText: (_asking, stdout) => memberOf(stdout, 'result'),
}

const codex: Agent = {
  name: 'codex',
  package: '@openai/codex',
  version: '0.171.0',
  dialect: 'openai-responses',
  model: 'gpt-5.5',
  command({ prompt, model, url, key, packages, home }) {
    const settings = join(home, '.codex')
    mkdirSync(settings)
    const trying = [
      'approval_policy = "never"',
      // The sandbox needs features that not every machine allows. The folder is temporary, and the model is
      // the demo provider's.
      'sandbox_mode = "danger-full-access"',
      'check_for_update_on_startup = false',
    ]
    writeFileSync(
      join(settings, 'config.toml'),
      `${trying.join('\n')}\n${blockOf('codex', 'toml').replace(guideUrl, url)}`,
    )
    return {
      line: [
        'node',
        join(packages, '@openai/codex/bin/codex.js'),
        'exec',
        '--skip-git-repo-check',
        '-m',
        model,
        '-o',
        join(home, 'final-text.txt'),
        prompt,
      ],
      env: environmentOf('codex', { GATEHOUSE_KEY: key }),
    }
  },
  finalText: ({ home }) => readFileSync(join(home, 'final-text.txt'), 'utf8'),
}

const geminiCli: Agent = {
  name: 'gemini-cli',
  package: '@google/gemini-cli',
  version: '0.61.0',
  dialect: 'gemini',
  model: 'gemini-2.5-pro',
  command({ prompt, model, url, key, packages, home }) {
    const settings = join(home, '.gemini')
    mkdirSync(settings)
    writeFileSync(join(settings, 'settings.json'), blockOf('gemini-cli', 'json'))
    return {
      line: [
        'node',
        join(packages, '@google/gemini-cli/bundle/gemini.js'),
        '--yolo',
        '--skip-trust',
        '--output-format',
        'json',
        '-p',
        prompt,
      ],
      env: environmentOf('gemini-cli', {
        GOOGLE_GEMINI_BASE_URL: url,
        GEMINI_API_KEY: key,
        GEMINI_MODEL: model,
      }),
    }
  },
  finalText: (_asking, stdout) => memberOf(stdout, 'response'),
}

export const agents: readonly Agent[] = [claudeCode, codex, geminiCli]

function memberOf(stdout: string, member: string): string {
  const value: unknown = JSON.parse(stdout.slice(stdout.indexOf('{')))
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined
  return typeof text === 'string' ? text : ''
}
