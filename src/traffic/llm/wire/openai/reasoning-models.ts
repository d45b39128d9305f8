// Which reasoning efforts OpenAI's models accept, and which sampling settings they accept with them, by model
// name. An effort that the model refuses becomes the nearest one that it accepts. Settings that it refuses
// are left out. Models with other names (other vendors', deployments) get the settings unchanged.
// https://platform.openai.com/docs/guides/reasoning, https://platform.openai.com/docs/guides/latest-model
// (temperature with efforts)

import { effortOf, omitUndefined } from '../../canonical/index.ts'
import type { GenerateRequest, ReasoningSettings, Sampling } from '../../canonical/index.ts'
import type { LossNotes } from '../../losses/index.ts'

type Effort = NonNullable<ReasoningSettings['effort']>

interface Family {
  names: RegExp
  /** Empty if the model does not reason, or if its effort cannot be set. */
  efforts: readonly Effort[]
  /**
   * When the model accepts a temperature: always (`any`), or only with these efforts (`default`: no effort is
   * set).
   */
  sampledBeside: 'any' | readonly (Effort | 'default')[]
}

const scale: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
const lowToHigh = ['low', 'medium', 'high'] as const
const restful = ['none', ...lowToHigh, 'xhigh'] as const

/** The first family that matches counts. */
const families: readonly Family[] = [
  { names: /^(?:gpt-3|gpt-4|chatgpt-)|^gpt-5(?:\.\d)?-chat/, efforts: [], sampledBeside: 'any' },
  { names: /^o1-(?:mini|preview)/, efforts: [], sampledBeside: [] },
  { names: /^o[134](?:-|$)/, efforts: lowToHigh, sampledBeside: [] },
  { names: /^gpt-5-pro/, efforts: ['high'], sampledBeside: [] },
  { names: /^gpt-5(?!\.)/, efforts: ['minimal', ...lowToHigh], sampledBeside: [] },
  { names: /^gpt-5\.\d-pro/, efforts: ['medium', 'high', 'xhigh'], sampledBeside: [] },
  { names: /^gpt-5\.1-codex-max|^gpt-5\.[2-5]-codex/, efforts: [...lowToHigh, 'xhigh'], sampledBeside: [] },
  { names: /^gpt-5\.1-codex/, efforts: lowToHigh, sampledBeside: [] },
  { names: /^gpt-5\.1/, efforts: ['none', ...lowToHigh], sampledBeside: ['none', 'default'] },
  { names: /^gpt-5\.[2-4]/, efforts: restful, sampledBeside: ['none', 'default'] },
  { names: /^gpt-5\.5/, efforts: restful, sampledBeside: ['none'] },
  { names: /^gpt-5\.6|^gpt-6-/, efforts: [...restful, 'max'], sampledBeside: ['none'] },
]

export interface Fitted {
  reasoning: ReasoningSettings | undefined
  sampling: Sampling
}

export function fittedTo({ model, reasoning, sampling = {} }: GenerateRequest, notes: LossNotes): Fitted {
  const family = families.find(({ names }) => names.test(model))
  if (!family) return { reasoning, sampling }
  const wished = reasoning && effortOf(reasoning)
  const effort = wished === undefined ? undefined : nearest(wished, family.efforts)
  // a model without reasoning already does what `none` requests
  if (effort !== wished && !(wished === 'none' && family.sampledBeside === 'any'))
    notes.drop('reasoning-effort')
  const { summary } = reasoning ?? {}
  const fitted = { sampling: sampledAs(sampling, family, effort, notes) }
  if (family.efforts.length > 0)
    return { reasoning: reasoning && omitUndefined({ effort, summary }), ...fitted }
  if (summary !== undefined && summary !== 'none') notes.drop('reasoning-summary')
  return { reasoning: undefined, ...fitted }
}

/** If two are equally near, the lower one counts. */
function nearest(wished: Effort, taken: readonly Effort[]): Effort | undefined {
  const distance = (effort: Effort) => Math.abs(scale.indexOf(effort) - scale.indexOf(wished))
  return taken.toSorted((one, other) => distance(one) - distance(other))[0]
}

function sampledAs(
  sampling: Sampling,
  { sampledBeside }: Family,
  effort: Effort | undefined,
  notes: LossNotes,
): Sampling {
  if (sampledBeside === 'any' || sampledBeside.includes(effort ?? 'default')) return sampling
  const { temperature, topP, frequencyPenalty, presencePenalty, ...rest } = sampling
  if (temperature !== undefined && temperature !== 1) notes.drop('temperature')
  if (topP !== undefined && topP !== 1) notes.drop('top-p')
  if (frequencyPenalty !== undefined && frequencyPenalty !== 0) notes.drop('frequency-penalty')
  if (presencePenalty !== undefined && presencePenalty !== 0) notes.drop('presence-penalty')
  return rest
}

/**
 * Does a model with this name reason? The o series does, and GPT from 5 on, except the chat models
 * (`gpt-5-chat-latest`, `gpt-5.2-chat-latest`). The AI SDK uses the same rule to decide whether to request
 * encrypted reasoning. A deployment can have any name. There, the `reasoning` of the request shows it.
 * https://platform.openai.com/docs/models
 */
export function isReasoningModel(model: string): boolean {
  const [, major, rest = ''] = /^gpt-(\d+)(.*)$/.exec(model) ?? []
  return major === undefined ? /^o\d+(?:-|$)/.test(model) : Number(major) >= 5 && !/-chat(?:-|$)/.test(rest)
}
