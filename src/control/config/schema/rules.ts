// Guards and policies: what is looked for, and what follows from it.

import { z } from 'zod'
import { grantKinds, operationKinds } from '../../../contract/resource.ts'
import { runMarks } from '../../../contract/run.ts'
import { duration, fields, told } from '../values.ts'
import { targetName } from './model.ts'
import { traits } from './destination.ts'

const restoreIn = z
  .array(z.enum(['arguments', 'urls']))
  .optional()
  .describe(
    'Of `restore`: where values are given back beyond texts for people. `arguments`: in arguments of tools; without it a call of a tool with a placeholder in its arguments is held back and ends the response with `placeholder-in-arguments`. `urls`: in addresses inside texts (links, images), which clients may open; without it the placeholder stays there. Write `[]` for neither.',
  )

const phases = z.array(z.enum(['request', 'response'])).min(1)
const traffic = z.array(z.enum(grantKinds)).min(1).optional()
const origins = z
  .array(z.enum(['caller', 'upstream']))
  .min(1)
  .optional()
  .describe(
    'Whose texts: what the caller sends, or what models, tools and agents send. A request is the caller’s and its response the upstream’s, except where a tool or an agent asks the client. Default: both.',
  )

export const guard = fields({
  kind: z.string().min(1).describe('What looks.'),
  on: phases.default(['request', 'response']).describe('What it reads. Default: both.'),
  for: traffic.describe(
    'The traffic that it reads: calls of models, of tools, of agents. Default: all of it.',
  ),
  from: origins,
  action: z
    .enum(['block', 'redact', 'restore', 'flag', 'label'])
    .default('label')
    .describe(
      'What follows: refuse the call, take the text out, take it out and give it back in the response, note it, or only report labels for policies.',
    ),
  restoreIn,
  onError: z
    .enum(['closed-for-text', 'closed', 'open'])
    .default('closed-for-text')
    .describe(
      'When it cannot tell (it fails, runs out of time, or meets a block that Gatehouse does not know): `closed-for-text` refuses the call; `closed` refuses also calls with images, audio, video or files, which no guard reads; `open` lets the call pass and flags it.',
    ),
  timeout: duration.default(2_000).describe('For guards that ask others.'),
  options: z.record(z.string(), z.unknown()).optional().describe('Settings of the kind.'),
})

const labels = z.array(z.string().min(1)).min(1)
const onlyTargets = z.union([
  z
    .array(targetName)
    .min(1)
    .transform((targets) => ({ targets })),
  fields({
    targets: z.array(targetName).optional().describe('Globs of targets.'),
    traits: traits.optional().describe('All of these.'),
  }),
])

const effect = fields({
  deny: z
    .union([z.literal(true), z.string().min(1)])
    .optional()
    .describe('Refuses the call; a text is told to the caller.'),
  ask: z
    .union([z.literal(true), z.string().min(1)])
    .optional()
    .describe(
      'Refuses the call with `approval-needed` until an administrator has approved it (`gatehouse approvals`); then the same call passes, once. A text is told to the caller.',
    ),
  only: onlyTargets
    .optional()
    .describe(
      'Only these targets may serve it: globs (`inside/*`), or `{ targets, traits }` (every trait is needed).',
    ),
  redact: labels.optional().describe('Takes out what guards found under these labels.'),
  restore: labels.optional().describe('The same, with placeholders that the response gives back.'),
  restoreIn,
  flag: z.literal(true).optional().describe('Notes it on the record.'),
})
  .refine(
    (then) =>
      Object.entries(then).filter(([name, value]) => name !== 'restoreIn' && value !== undefined).length ===
      1,
    {
      error: () =>
        told(
          'a policy has exactly one effect',
          'write one of deny, ask, only, redact, restore, flag; use a second policy for a second effect',
        ),
    },
  )
  .describe('What follows when it holds. Of all policies that hold the strictest wins.')

const test = fields({
  text: z.string().optional().describe('Read by the guards.'),
  phase: z.enum(['request', 'response']).optional(),
  model: z.string().optional().describe('What is asked for: a model, a tool or an agent.'),
  tool: z.string().optional(),
  agent: z.string().optional(),
  traits: z.array(z.string()).optional().describe('Of what is asked for.'),
  subject: fields({
    key: z.string().optional(),
    person: z.string().optional(),
    workload: z.string().optional(),
    team: z.string().optional(),
    teams: z.array(z.string()).optional(),
    tags: z.record(z.string(), z.string()).optional(),
    claims: z.record(z.string(), z.unknown()).optional(),
  }).optional(),
  operation: fields({
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
  run: fields({
    calls: z.number().int().min(0).optional(),
    depth: z.number().int().min(0).optional(),
    tokens: z.number().int().min(0).optional(),
    cost: z.number().min(0).optional().describe('Dollars.'),
    seconds: z.number().int().min(0).optional(),
    findings: z.array(z.string()).optional(),
    marks: z.array(z.enum(runMarks)).optional(),
  }).optional(),
  address: z.string().optional(),
  expect: z
    .enum(['deny', 'ask', 'only', 'redact', 'restore', 'flag', 'none'])
    .describe('The effect that this policy has to have on it.'),
})

const bare = { deny: { deny: true as const }, ask: { ask: true as const }, flag: { flag: true as const } }

export const policy = fields({
  when: z.string().describe('The condition, in CEL: `content.has("pii") && subject.team != "legal"`.'),
  then: z
    .union([z.enum(['deny', 'ask', 'flag']).transform((kind) => bare[kind]), effect])
    .describe(
      'What follows when it holds: `deny`, `ask`, `flag`, or one effect with its settings. Of all policies that hold the strictest wins.',
    ),
  on: phases.default(['request']).describe('When it is asked. Default: on the request.'),
  for: traffic.describe(
    'The traffic that it is asked about: calls of models, of tools, of agents. Default: all of it.',
  ),
  from: origins,
  test: z.array(test).optional().describe('Examples that `gatehouse check` judges with the real guards.'),
})
export type PolicyConfig = z.output<typeof policy>
