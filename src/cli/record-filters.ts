// The filters that `records list` and `tail` share.

import type { Command } from 'commander'

const texts = {
  key: ['<name>', 'only this key'],
  team: ['<name>', 'only this team and the teams below it'],
  person: ['<name>', 'only this person'],
  workload: ['<name>', 'only this workload'],
  kind: ['<kind>', 'only this kind: model.generate, tool.call, …'],
  model: ['<name>', 'only this model, tool or agent, as the caller named it'],
  target: ['<target>', 'only this target'],
  destination: ['<name>', 'only this provider, server or agent'],
  outcome: ['<outcome>', 'ok, refused, failed, canceled or cut'],
  code: ['<code>', 'only this error code'],
  run: ['<id>', 'only this run'],
  parent: ['<id>', 'only calls within this exchange'],
  tag: ['<name=value>', 'only with this tag'],
  policy: ['<name>', 'only calls to which this policy or guard applied'],
  finding: ['<label>', 'only calls with this finding: pii/email, or pii for all kinds'],
} as const

type TextFilter = keyof typeof texts

export type RecordFilterOptions = Partial<Record<TextFilter | 'cost', string>>

export function withRecordFilters(command: Command): Command {
  for (const [name, [value, description]] of Object.entries(texts))
    command.option(`--${name} ${value}`, description)
  return command.option('--cost <usd>', 'minimum cost in US dollars')
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
