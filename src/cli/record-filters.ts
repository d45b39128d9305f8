// The filters that `records list` and `tail` share.

import type { Command } from 'commander'

const texts = {
  key: ['<name>', 'only of this key'],
  team: ['<name>', 'only of this team and those below it'],
  person: ['<name>', 'only of this person'],
  workload: ['<name>', 'only of this workload'],
  kind: ['<kind>', 'only of this kind: model.generate, tool.call, …'],
  model: ['<name>', 'only of this model, tool or agent, as the caller named it'],
  target: ['<target>', 'only of this target'],
  destination: ['<name>', 'only of this provider, server or agent'],
  outcome: ['<outcome>', 'ok, refused, failed, canceled or cut'],
  code: ['<code>', 'only with this code of a refusal or failure'],
  run: ['<id>', 'only of this run'],
  parent: ['<id>', 'only within this exchange'],
  tag: ['<name=value>', 'only with this tag'],
  policy: ['<name>', 'only where this policy or guard applied'],
  finding: ['<label>', 'only where this was found: pii/email, or pii for all of them'],
} as const

type TextFilter = keyof typeof texts

export type RecordFilterOptions = Partial<Record<TextFilter | 'cost', string>>

export function withRecordFilters(command: Command): Command {
  for (const [name, [value, description]] of Object.entries(texts))
    command.option(`--${name} ${value}`, description)
  return command.option('--cost <usd>', 'that cost so much at least, in US dollars')
}

/** As the admin API names them. */
export function recordFilters(
  options: RecordFilterOptions,
): Partial<Record<TextFilter | 'costAtLeast', string>> {
  const filters: Partial<Record<TextFilter | 'costAtLeast', string>> = {}
  for (const name of Object.keys(texts)) {
    const text = isTextFilter(name) ? options[name] : undefined
    if (text !== undefined && isTextFilter(name)) filters[name] = text
  }
  if (options.cost !== undefined) filters.costAtLeast = options.cost
  return filters
}

const isTextFilter = (name: string): name is TextFilter => Object.hasOwn(texts, name)
