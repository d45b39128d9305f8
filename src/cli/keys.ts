// `gatehouse keys`: lists, creates, rotates, revokes and deletes keys.

import { type Command, InvalidArgumentError } from 'commander'
import {
  type Key,
  type KeyWithSecret,
  keyListSchema,
  keySchema,
  keyWithSecretSchema,
} from '../contract/admin-api.ts'
import type { GrantKind } from '../contract/resource.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { plain } from './terminal/plain.ts'
import { type Column, printTable } from './terminal/table.ts'
import type { Terminal } from './terminal/terminal.ts'

interface CreateOptions extends AdminCommandOptions {
  team: string
  workload?: string
  person?: string
  expires?: string
  allow?: string[]
  deny?: string[]
  allowTool?: string[]
  denyTool?: string[]
  allowAgent?: string[]
  denyAgent?: string[]
  tag?: Record<string, string>
  budget?: { amount: string; per: string }[]
  requests?: string
  tokens?: string
  concurrent?: number
}

export function keysCommand(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('the keys that callers use')

  const list = adminCommand(keys, {
    usage: 'list',
    description: 'all keys',
    examples: ['gatehouse keys list', 'gatehouse keys list --json'],
  })
  list.action(() =>
    withGateway(terminal, list.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.get('/keys', keyListSchema)
      if (!printJson(raw))
        printTable(
          terminal,
          columns,
          value.keys,
          'no keys yet; create one with `gatehouse keys create NAME --team TEAM`',
        )
    }),
  )

  const create = adminCommand(keys, {
    usage: 'create <name>',
    description: 'create a key; its secret is printed only once',
    examples: [
      'gatehouse keys create ci --team research --expires 90d',
      'gatehouse keys create ci --team research --allow "anthropic/*" --budget 50/month --requests 600/min --tag cost=r42',
      'gatehouse keys create ci --team research --json | jq -r .secret',
    ],
  })
    .requiredOption('--team <team>', 'team that the key belongs to')
    .option('--workload <name>', 'program that uses the key')
    .option('--person <name>', 'person who uses the key')
    .option('--expires <when>', 'a day (2027-03-01), an instant, or a time from now (90d)')
    .option('--allow <model>', 'model or target glob that the key itself allows; may be repeated', collect)
    .option('--deny <model>', 'model or target glob that the key denies; may be repeated', collect)
    .option(
      '--allow-tool <tool>',
      'tool glob that the key itself allows, such as "github/*"; may be repeated',
      collect,
    )
    .option('--deny-tool <tool>', 'tool glob that the key denies; may be repeated', collect)
    .option('--allow-agent <agent>', 'agent glob that the key itself allows; may be repeated', collect)
    .option('--deny-agent <agent>', 'agent glob that the key denies; may be repeated', collect)
    .option('--tag <name=value>', 'tag for attribution; may be repeated', collectTag)
    .option(
      '--budget <usd/period>',
      'hard budget in US dollars, such as 50/month; may be repeated',
      collectBudget,
    )
    .option('--requests <rate>', 'limit on requests, such as 600/min')
    .option('--tokens <rate>', 'limit on tokens, such as 200k/min')
    .option('--concurrent <number>', 'limit on concurrent calls', wholeNumber)
  create.action((id: string) =>
    withGateway(terminal, create.opts<CreateOptions>(), async ({ client, printJson }) => {
      const { value, raw } = await client.post(
        '/keys',
        keyWithSecretSchema,
        createBody(id, create.opts<CreateOptions>()),
      )
      if (!printJson(raw)) printSecret(terminal, value, 'created')
    }),
  )

  const rotate = adminCommand(keys, {
    usage: 'rotate <name>',
    description: 'give a key a new secret; the old one stays valid for the overlap',
    examples: ['gatehouse keys rotate ci', 'gatehouse keys rotate ci --overlap 0s'],
  }).option('--overlap <time>', 'how long the old secret stays valid', '24h')
  rotate.action((id: string) =>
    withGateway(terminal, rotate.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const { overlap } = rotate.opts<{ overlap: string }>()
      const { value, raw } = await client.post(
        `/keys/${encodeURIComponent(id)}/rotate`,
        keyWithSecretSchema,
        { overlap },
      )
      if (!printJson(raw)) printSecret(terminal, value, 'rotated')
    }),
  )

  const revoke = adminCommand(keys, {
    usage: 'revoke <name>',
    description: 'revoke a key at once and stop its running calls',
    examples: ['gatehouse keys revoke ci', 'gatehouse keys revoke ci-old --keep'],
  }).option('--keep', 'keep stored responses for the other keys of its workload or person')
  revoke.action((id: string) =>
    withGateway(terminal, revoke.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      const query = revoke.opts<{ keep?: boolean }>().keep ? '?keep=true' : ''
      const { value, raw } = await client.post(`/keys/${encodeURIComponent(id)}/revoke${query}`, keySchema)
      if (!printJson(raw)) terminal.print(`revoked ${plain(value.id)}`)
    }),
  )

  const remove = adminCommand(keys, {
    usage: 'delete <name>',
    description: 'delete a key; its records stay',
    examples: ['gatehouse keys delete ci'],
  })
  remove.action((id: string) =>
    withGateway(terminal, remove.opts<AdminCommandOptions>(), async ({ client, printJson }) => {
      await client.remove(`/keys/${encodeURIComponent(id)}`)
      if (!printJson({ deleted: id })) terminal.print(`deleted ${plain(id)}`)
    }),
  )
}

const columns: readonly Column<Key>[] = [
  { head: 'KEY', cell: (key) => key.id },
  { head: 'TEAM', cell: (key) => key.team },
  { head: 'STATE', cell: (key) => key.state },
  { head: 'OWNER', cell: (key) => key.owner },
  { head: 'CREATED', cell: (key) => key.createdAt?.slice(0, 10) ?? '-' },
  { head: 'EXPIRES', cell: (key) => key.expiresAt?.slice(0, 16).replace('T', ' ') ?? '-' },
  { head: 'SECRETS', cell: (key) => String(key.secrets.length), isNumber: true },
  {
    head: 'BUDGETS',
    cell: (key) =>
      key.budgets?.map((budget) => `${budget.amount} ${budget.unit}/${budget.per}`).join(', ') ?? '-',
  },
]

function createBody(id: string, options: CreateOptions) {
  const limits = { requests: options.requests, tokens: options.tokens, concurrent: options.concurrent }
  return {
    id,
    team: options.team,
    workload: options.workload,
    person: options.person,
    expires: options.expires,
    allow: access({ models: options.allow, tools: options.allowTool, agents: options.allowAgent }),
    deny: access({ models: options.deny, tools: options.denyTool, agents: options.denyAgent }),
    tags: options.tag,
    budgets: options.budget,
    limits: Object.values(limits).some((limit) => limit !== undefined) ? limits : undefined,
  }
}

const access = (grant: Partial<Record<GrantKind, string[] | undefined>>) =>
  Object.values(grant).some((globs) => globs) ? grant : undefined

/** Prints only the secret to stdout, so that it can be piped. Everything else goes to stderr. */
function printSecret(terminal: Terminal, { key, secret }: KeyWithSecret, verb: string): void {
  terminal.warn(`${verb} ${plain(key.id)} of team ${plain(key.team)}; this is its secret, shown only once:`)
  terminal.print(plain(secret))
  for (const note of key.notes) terminal.warn(`note: ${plain(note)}`)
}

const collect = (value: string, before: string[] = []): string[] => [...before, value]

function collectTag(value: string, before: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('expected name=value, such as cost=r42.')
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) }
}

function collectBudget(
  value: string,
  before: { amount: string; per: string }[] = [],
): { amount: string; per: string }[] {
  const [amount, per, ...more] = value.split('/')
  if (!amount || !per || more.length > 0)
    throw new InvalidArgumentError('expected amount/period, such as 50/month.')
  return [...before, { amount, per }]
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('expected a whole number.')
  return Number(value)
}
