// A valid configuration of any size: teams in a tree with grants, limits and budgets, and models with
// fallbacks and prices.

export interface Size {
  teams: number
  models: number
}

export function largeConfiguration({ teams, models }: Size): string {
  const lines = [
    'version: 1',
    'providers:',
    '  openai: { kind: openai }',
    '  inside: { kind: openai-compatible, url: "http://llm.internal:8000/v1", traits: [inside] }',
    'models:',
  ]
  for (let index = 0; index < models; index += 1) {
    lines.push(
      `  model-${index}:`,
      '    strategy: first',
      '    targets:',
      `      - openai/gpt-5-mini`,
      `      - target: inside/model-${index}`,
    )
    lines.push('        price: { input: 0.25, output: 2 }')
  }
  lines.push('teams:')
  for (let index = 0; index < teams; index += 1) {
    lines.push(`  team-${index}:`)
    // each team has ten subteams
    if (index > 0) lines.push(`    parent: team-${Math.floor((index - 1) / 10)}`)
    lines.push(`    allow: { models: [ model-${index % models}, "inside/*" ] }`)
    lines.push(
      '    budgets: [ { amount: 500, per: month } ]',
      '    limits: { requests: 600/min, tokens: 200k/min }',
    )
  }
  return `${lines.join('\n')}\n`
}
