// The tasks of each agent. The demo model calls the tools that a prompt writes out
// (docs/guides/first-call.md). Its final text contains values that are only in files that were just created.

import type { Agent } from './agents.ts'
import { secretDomain } from './gateways.ts'

export interface Scenario {
  title: string
  model: string
  /** The target of the gateway that must have responded. */
  target?: string
  prompt(scene: Scene): string
  /** Texts that the final text must contain. Absent: the agent must stop with a message. */
  says?(scene: Scene): readonly string[]
  /** The minimum number of responses. */
  calls: number
  hasWrongKey?: boolean
  /** Whether the scenario contains calls that no target can carry. */
  asksTheImpossible?: boolean
  /** The expected message of an agent that stops. */
  message?: RegExp
}

export interface Scene {
  /** Holds `notes.txt`. */
  folder: string
  /** Its first and last lines. */
  first: string
  last: string
  /** An address in it. */
  address: string
}

export function scenarios(agent: Agent): readonly Scenario[] {
  const { model } = agent
  const { readPrompt, rounds, search, more = [] } = prompts[agent.name]
  const bothLines = ({ first, last }: Scene) => [first, last]
  return [
    {
      title: 'a question',
      model,
      target: 'demo/agent',
      prompt: ({ first }) => `Good morning, ${first}`,
      says: ({ first }) => [first],
      calls: 1,
    },
    {
      title: 'a tool, requested in words',
      model,
      target: 'demo/agent',
      prompt: readPrompt,
      says: ({ first }) => [first],
      calls: 2,
    },
    {
      title: 'two tools, one after the other',
      model,
      target: 'demo/agent',
      prompt: rounds,
      says: bothLines,
      calls: 3,
    },
    ...more,
    ...Object.entries(targets).map(([dialect, target]) => ({
      title: `the same, before ${dialect}`,
      model: `via-${dialect}`,
      target,
      prompt: rounds,
      says: bothLines,
      calls: 3,
    })),
    {
      title: 'addresses are kept from the provider, in arguments and results',
      model: 'via-openai-chat',
      target: 'chat/helper',
      prompt: search,
      says: ({ last, address }) => [last, address],
      calls: 2,
    },
    {
      title: 'a wrong key',
      model,
      prompt: () => 'Good morning',
      calls: 0,
      hasWrongKey: true,
      message: /key is not valid/,
    },
    {
      title: 'a model that is not there',
      model: 'gone',
      prompt: () => 'Good morning',
      calls: 0,
      message: /may not exist|unknown or not open/,
    },
  ]
}

const targets = {
  'openai-chat': 'chat/helper',
  'openai-responses': 'responses/helper',
  'anthropic-messages': 'anthropic/helper',
  gemini: 'gemini/helper',
}

interface Prompts {
  readPrompt(scene: Scene): string
  /** The first line, then the last. */
  rounds(scene: Scene): string
  /** The line with the address. */
  search(scene: Scene): string
  more?: readonly Scenario[]
}

const call = (tool: string, given: object) => `${tool} ${JSON.stringify(given)}`
const head = 'head -n 1 notes.txt'
const tail = 'tail -n 1 notes.txt'
const grep = ({ address }: Scene) => `grep ${address} notes.txt`

/** Newer models of Codex write JavaScript that runs its tools; the programs are in an item of the input. */
const script = (command: string) =>
  call('functions__exec', { input: `text(await tools.exec_command({cmd: ${JSON.stringify(command)}}))` })

const scripted = (model: string, target: string): Scenario => ({
  title: `tools as ${model} has them, before ${target.replace(/\/.*/, '')}`,
  model,
  target,
  prompt: () => `${script(head)}, then ${script(tail)}`,
  says: ({ first, last }) => [first, last],
  calls: 3,
})

const patch = ({ last }: Scene) =>
  `*** Begin Patch\n*** Update File: notes.txt\n@@\n-${last}\n+patched ${last}\n*** End Patch`

const prompts: Readonly<Record<Agent['name'], Prompts>> = {
  'claude-code': {
    readPrompt: ({ folder }) => `Read the file "${folder}/notes.txt"`,
    rounds: ({ folder }) =>
      `${call('Read', { file_path: `${folder}/notes.txt`, limit: 1 })}, then ${call('Bash', { command: tail, description: 'Last line' })}`,
    search: (scene) => call('Bash', { command: grep(scene), description: 'Search' }),
    more: [
      {
        title: "the vendor's own search, found by a search for tools, is refused, and it goes on",
        model: 'claude-sonnet-4-5',
        target: 'demo/agent',
        prompt: () =>
          [
            call('ToolSearch', { query: 'select:WebSearch' }),
            call('WebSearch', { query: 'weather' }),
            call('Bash', { command: tail, description: 'Last line' }),
          ].join(', then '),
        says: ({ last }) => ['cannot be carried', last],
        calls: 4,
        asksTheImpossible: true,
      },
    ],
  },
  codex: {
    readPrompt: () => 'Run the command `head -n 1 notes.txt`',
    rounds: () => `${call('exec_command', { cmd: head })}, then ${call('exec_command', { cmd: tail })}`,
    search: (scene) => call('exec_command', { cmd: grep(scene) }),
    more: [
      {
        title: 'a tool of free text: a patch, then a look at it',
        model: 'gpt-5.5',
        target: 'demo/agent',
        prompt: (scene) =>
          `${call('apply_patch', { input: patch(scene) })}, then ${call('exec_command', { cmd: tail })}`,
        says: ({ last }) => [`patched ${last}`],
        calls: 3,
      },
      scripted('gpt-6-sol', 'anthropic/helper'),
      scripted('gpt-6.1-sol', 'gemini/helper'),
      scripted('gpt-6.2-sol', 'chat/helper'),
    ],
  },
  'gemini-cli': {
    readPrompt: () => 'Read the file "notes.txt"',
    rounds: () =>
      `${call('read_file', { file_path: 'notes.txt', start_line: 1, end_line: 1 })}, then ${call('run_shell_command', { command: tail })}`,
    search: (scene) => call('run_shell_command', { command: grep(scene) }),
    more: [
      {
        title: "the vendor's own search is refused, and it goes on",
        model: 'gemini-2.5-pro',
        target: 'demo/agent',
        prompt: () =>
          `${call('google_web_search', { query: 'weather' })}, then ${call('run_shell_command', { command: tail })}`,
        says: ({ last }) => ['cannot be carried', last],
        calls: 3,
      },
    ],
  },
}

let made = 0

/** Words that no prompt contains before they are in the file. */
export function newScene(folder: string): Scene {
  made += 1
  const word = () => `w${Bun.randomUUIDv7().slice(-12)}`
  return { folder, first: word(), last: word(), address: `ann${made}@${secretDomain}` }
}
