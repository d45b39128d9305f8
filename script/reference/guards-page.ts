// docs/reference/guards.md: what guards find, under which labels, and what conditions of policies may read.

import { policyFields, policyFunctions } from '../../src/contract/decide.ts'
import { guardKinds } from '../../src/gateway/inspect/guards/index.ts'
import { mask } from '../../src/gateway/inspect/redact.ts'
import { vault } from '../../src/gateway/inspect/vault.ts'

/** Options under which a kind shows all its labels. */
const samples: Readonly<Record<string, unknown>> = {
  patterns: { patterns: { 'internal-host': 'corp' }, words: ['word'] },
}

export function guardsPage(): string {
  const kinds = guardKinds.map((kind) => {
    const labels = kind.labels(samples[kind.kind] ?? {})
    const rows = labels.map(
      (label) => `| \`${label}\` | \`${mask(label)}\` | \`${vault([]).placeholder(label, '', '', [])}\` |`,
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

A guard reads content and reports labels. What follows is its \`action\`, or policies that ask for the labels: \`pii\` means every label below it,
\`pii/card\` only that one. \`redact\` leaves a mask for good; \`restore\` leaves a placeholder (the number counts different values of one call), and the response
gets the value back. What guards read, and what \`operation.media\` and \`operation.tools\` have: [What guards read](fields.md).

${kinds.join('\n')}
A label of \`patterns\` is the name that you gave to the pattern; all \`words\` share one.

## What conditions may read

Conditions are [CEL](https://cel.dev). A name that is not here is a mistake that \`gatehouse check\` finds.

| name | type |
|---|---|
${[...fields, ...functions].join('\n')}

\`request.hour\` is UTC, \`request.weekday\` begins with 0 on Sunday. What is not known reads as empty or 0; \`has(subject.person)\` tells the difference.

\`operation.arguments\` are those of a tool or an agent; a policy that reads them needs \`for: [tools]\`, \`for: [agents]\` or both. An argument that is not there
has no empty value: reading it is an error, which refuses the call, so write \`has(operation.arguments.env) && operation.arguments.env == "prod"\`. Numbers in
arguments are doubles, and differ beyond 2^53 only in their text. \`operation.direction\` is \`reverse\` where a tool or an agent asks the client.
\`resource.traits\` are those that every target of the resource has. \`run.calls\`, \`run.tokens\`, \`run.cost\` (dollars), \`run.findings\` (labels) and \`run.marks\`
count what the run did before this call; \`run.seconds\` is its age, \`run.depth\` how many calls this one lies within.
`
}
