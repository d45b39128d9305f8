// docs/reference/guards.md: what guards find, under which labels, and what conditions of policies may read.

import { policyFields, policyFunctions } from '../../src/contract/decide.ts'
import { guardKinds } from '../../src/gateway/inspect/guards/index.ts'
import { mask } from '../../src/gateway/inspect/redact.ts'
import { createVault } from '../../src/gateway/inspect/vault.ts'

/** Options under which a kind shows all its labels. */
const samples: Readonly<Record<string, unknown>> = {
  patterns: { patterns: { 'internal-host': 'corp' }, words: ['word'] },
}

export function guardsPage(): string {
  const kinds = guardKinds.map((kind) => {
    const labels = kind.labels(samples[kind.kind] ?? {})
    const rows = labels.map(
      (label) =>
        `| \`${label}\` | \`${mask(label)}\` | \`${createVault([]).placeholder(label, '', '', [])}\` |`,
    )
    return `## kind: ${kind.kind}\n\n| label | redacted | restored from |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  const fields = Object.entries(policyFields).flatMap(([root, below]) =>
    typeof below === 'string'
      ? [`| \`${root}\` | \`${below}\` |`]
      : Object.entries(below).map(([name, type]) => `| \`${root}.${name}\` | \`${type}\` |`),
  )
  const functions = Object.entries(policyFunctions).map(
    ([name, type]) => `| \`${name}("label")\` | \`${type}\` |`,
  )
  return `# Guards, labels, conditions

Generated from the guards by \`script/reference.ts\`. Settings: [Configuration](config.md#guards). How to use them: [Personal data](../guides/personal-data.md).

A guard reads content and reports labels. Its \`action\`, or a policy that reads the labels, decides what happens. \`pii\` stands for every label below it,
\`pii/card\` only for that label. \`redact\` replaces the text with a mask. \`restore\` replaces it with a placeholder (the number distinguishes the values of one call),
and restores the value in the response. [What guards read](fields.md) lists the fields that guards read, and the content of \`operation.media\` and \`operation.tools\`.

${kinds.join('\n')}
The label of a pattern is \`pattern/\` and the name that you chose. All \`words\` share one label.

## What conditions may read

Conditions are [CEL](https://cel.dev). \`gatehouse check\` reports every name that is not in this table.

| name | type |
|---|---|
${[...fields, ...functions].join('\n')}

\`request.hour\` is in UTC. \`request.weekday\` is 0 on Sunday. An unknown value is empty or 0; \`has(subject.person)\` is true only for a known value.

\`operation.arguments\` are the arguments of a tool or an agent. A policy that reads them needs \`for: [tools]\`, \`for: [agents]\` or both. A missing argument
has no default: reading it is an error, which refuses the call. So write \`has(operation.arguments.env) && operation.arguments.env == "prod"\`. Numbers in
arguments are doubles; beyond 2^53 only their text is exact. \`operation.direction\` is \`reverse\` when a tool or an agent asks the client.
\`resource.traits\` has the traits that every target of the resource has. \`run.calls\`, \`run.tokens\`, \`run.cost\` (in dollars), \`run.findings\` (labels) and \`run.marks\`
describe the run before this call. \`run.seconds\` is the age of the run, and \`run.depth\` the number of calls that contain this one.
`
}
