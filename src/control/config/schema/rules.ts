// Guards, which find labels in content, and policies, which decide about calls.

import { z } from 'zod'
import { grantKinds, operationKinds } from '../../../contract/resource.ts'
import { runMarks } from '../../../contract/run.ts'
import { duration, strictFields, withFix } from '../values.ts'
import { targetName } from './model.ts'
import { traits } from './destination.ts'

const restoreIn = z
  .array(z.enum(['arguments', 'urls']))
  .optional()
  .describe(
    'For `restore`: the places, in addition to text for people, where values are restored. `arguments`: in the arguments of tools. Without it, a tool call with a placeholder in its arguments is withheld, and the response ends with `placeholder-in-arguments`. `urls`: in addresses inside of texts (links, images), which clients may open. Without it, the placeholder stays there. Write `[]` for neither.',
  )

const phases = z.array(z.enum(['request', 'response'])).min(1)
const traffic = z.array(z.enum(grantKinds)).min(1).optional()
const origins = z
  .array(z.enum(['caller', 'upstream']))
  .min(1)
  .optional()
  .describe(
    'The author of the text: the caller, or the upstream (models, tools and agents). The caller writes requests and the upstream writes responses, except when a tool or an agent asks the client. Default: both.',
  )

export const guard = strictFields({
  kind: z.string().min(1).describe('The kind of guard.'),
  on: phases
    .default(['request', 'response'])
    .describe('Whether it reads requests, responses or both. Default: both.'),
  for: traffic.describe('The traffic that it reads: calls of models, tools or agents. Default: all.'),
  from: origins,
  action: z
    .enum(['block', 'redact', 'restore', 'flag', 'label'])
    .default('label')
    .describe(
      'What happens with a finding. `block` refuses the call. `redact` removes the text. `restore` replaces it with a placeholder, and restores it in the response. `flag` marks the record. `label` only reports the label to policies.',
    ),
  restoreIn,
  onError: z
    .enum(['closed-for-text', 'closed', 'open'])
    .default('closed-for-text')
    .describe(
      'What happens when it cannot decide, because it failed, timed out, or found a block that Gatehouse does not know. `closed-for-text` refuses the call. `closed` also refuses calls with images, audio, video or files, which no guard reads. `open` lets the call pass and flags it.',
    ),
  timeout: duration.default(2_000).describe('The time-out of guards that call other services.'),
  options: z.record(z.string(), z.unknown()).optional().describe('Settings of this kind.'),
})

const labels = z.array(z.string().min(1)).min(1)
const onlyTargets = z.union([
  z
    .array(targetName)
    .min(1)
    .transform((targets) => ({ targets })),
  strictFields({
    targets: z.array(targetName).optional().describe('Targets, as globs.'),
    traits: traits.optional().describe('Traits that a target must have, all of them.'),
  }),
])

const effect = strictFields({
  deny: z
    .union([z.literal(true), z.string().min(1)])
    .optional()
    .describe('Refuses the call. A text is sent to the caller.'),
  ask: z
    .union([z.literal(true), z.string().min(1)])
    .optional()
    .describe(
      'Refuses the call with `approval-needed` until an administrator has approved it (`gatehouse approvals`). Then the same call passes once. A text is sent to the caller.',
    ),
  only: onlyTargets
    .optional()
    .describe('Only these targets may serve the call: globs (`inside/*`), or `{ targets, traits }`.'),
  redact: labels.optional().describe('Removes the text that guards found under these labels.'),
  restore: labels
    .optional()
    .describe(
      'Replaces the text that guards found under these labels with placeholders, and restores it in the response.',
    ),
  restoreIn,
  flag: z.literal(true).optional().describe('Marks the record.'),
})
  .refine(
    (then) =>
      Object.entries(then).filter(([name, value]) => name !== 'restoreIn' && value !== undefined).length ===
      1,
    {
      error: () =>
        withFix(
          'a policy has exactly one effect',
          'write one of deny, ask, only, redact, restore, flag; use a second policy for a second effect',
        ),
    },
  )
  .describe('The effect when the condition is true. If several policies apply, the strictest effect wins.')

const test = strictFields({
  text: z.string().optional().describe('The text that the guards read.'),
  phase: z.enum(['request', 'response']).optional(),
  model: z.string().optional().describe('The requested resource: a model, a tool or an agent.'),
  tool: z.string().optional(),
  agent: z.string().optional(),
  traits: z.array(z.string()).optional().describe('Traits of the requested resource.'),
  subject: strictFields({
    key: z.string().optional(),
    person: z.string().optional(),
    workload: z.string().optional(),
    team: z.string().optional(),
    teams: z.array(z.string()).optional(),
    tags: z.record(z.string(), z.string()).optional(),
    claims: z.record(z.string(), z.unknown()).optional(),
  }).optional(),
  operation: strictFields({
    kind: z.enum(operationKinds).optional(),
    direction: z.enum(['forward', 'reverse']).optional(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    dialect: z.string().optional(),
    streaming: z.boolean().optional(),
    bytes: z.number().int().min(0).optional(),
    maxOutputTokens: z.number().int().min(1).optional(),
    tools: z.array(z.string()).optional(),
    media: z.array(z.enum(['image', 'audio', 'file', 'video'])).optional(),
  }).optional(),
  run: strictFields({
    calls: z.number().int().min(0).optional(),
    depth: z.number().int().min(0).optional(),
    tokens: z.number().int().min(0).optional(),
    cost: z.number().min(0).optional().describe('In US dollars.'),
    seconds: z.number().int().min(0).optional(),
    findings: z.array(z.string()).optional(),
    marks: z.array(z.enum(runMarks)).optional(),
  }).optional(),
  address: z.string().optional(),
  expect: z
    .enum(['deny', 'ask', 'only', 'redact', 'restore', 'flag', 'none'])
    .describe('The expected effect of this policy.'),
})

const bare = { deny: { deny: true as const }, ask: { ask: true as const }, flag: { flag: true as const } }

export const policy = strictFields({
  when: z.string().describe('The condition, in CEL: `content.has("pii") && subject.team != "legal"`.'),
  then: z
    .union([z.enum(['deny', 'ask', 'flag']).transform((kind) => bare[kind]), effect])
    .describe(
      'The effect when the condition is true: `deny`, `ask`, `flag`, or one effect with its settings. If several policies apply, the strictest effect wins.',
    ),
  on: phases
    .default(['request'])
    .describe('Whether it is evaluated on requests, responses or both. Default: on requests.'),
  for: traffic.describe('The traffic that it decides about: calls of models, tools or agents. Default: all.'),
  from: origins,
  test: z.array(test).optional().describe('Examples that `gatehouse check` runs with the real guards.'),
})
export type PolicyConfig = z.output<typeof policy>
