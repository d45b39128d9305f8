// Encodes the requested reasoning and the reasoning of earlier responses. OpenAI has one member for the first
// and none for the second. The other vendors of this dialect have their own members.

import { effortOf } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Native, ReasoningBlock, ReasoningSettings } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import type { ChatWords } from '../../../provider.ts'
import { detailOf } from '../reasoning.ts'

type Effort = NonNullable<ReasoningSettings['effort']>

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

export function encodeReasoning(
  requested: ReasoningSettings | undefined,
  words: ChatWords,
  notes: LossNotes,
): { [key: string]: Json | undefined } {
  const requestedEffort = requested && notes.carries('reasoning-effort') ? effortOf(requested) : undefined
  if (requested === undefined || (requestedEffort === undefined && requested.budgetTokens === undefined))
    return {}
  const effort =
    requestedEffort === undefined ? undefined : nearest(requestedEffort, words.efforts ?? efforts)
  // a member of another name can also switch reasoning off
  if (requestedEffort !== undefined && effort === undefined && words.reasoning === undefined)
    notes.drop('reasoning-effort', `"${requestedEffort}" is not known`)
  return writers[words.reasoning ?? 'reasoning_effort']({
    requested,
    effort,
    isOff: requestedEffort === 'none' || requested.budgetTokens === 0,
  })
}

interface Settings {
  requested: ReasoningSettings
  effort: Effort | undefined
  isOff: boolean
}

const writers: Readonly<
  Record<
    NonNullable<ChatWords['reasoning']> | 'reasoning_effort',
    (settings: Settings) => { [key: string]: Json | undefined }
  >
> = {
  reasoning_effort: ({ effort }) => ({ reasoning_effort: effort }),
  // OpenRouter: https://openrouter.ai/docs/use-cases/reasoning-tokens
  reasoning: ({ requested: { budgetTokens }, effort, isOff }) => {
    if (typeof budgetTokens === 'number' && !isOff) return { reasoning: { max_tokens: budgetTokens } }
    return { reasoning: effort === undefined ? { enabled: true } : { effort } }
  },
  // DeepSeek: https://api-docs.deepseek.com/guides/thinking_mode; Moonshot has only the switch
  thinking: ({ effort, isOff }) => ({
    thinking: { type: isOff ? 'disabled' : 'enabled' },
    reasoning_effort: isOff ? undefined : effort,
  }),
  // Alibaba: https://www.alibabacloud.com/help/en/model-studio/deep-thinking
  enable_thinking: ({ requested: { budgetTokens }, isOff }) => ({
    enable_thinking: !isOff,
    thinking_budget: typeof budgetTokens === 'number' && !isOff ? budgetTokens : undefined,
  }),
  // Groq puts reasoning into the text without this setting: https://console.groq.com/docs/reasoning
  reasoning_format: ({ effort, isOff }) => ({
    reasoning_effort: effort,
    reasoning_format: isOff ? undefined : 'parsed',
  }),
}

/** The nearest known effort, or the lower one of two equally near ones. `none` has no substitute. */
function nearest(requestedEffort: Effort, known: readonly Effort[]): Effort | undefined {
  if (known.includes(requestedEffort)) return requestedEffort
  if (requestedEffort === 'none') return undefined
  const distance = (effort: Effort) => Math.abs(efforts.indexOf(effort) - efforts.indexOf(requestedEffort))
  const possible = known.filter((effort) => effort !== 'none')
  return possible.reduce<Effort | undefined>(
    (best, effort) => (best === undefined || distance(effort) < distance(best) ? effort : best),
    undefined,
  )
}

interface GivenReasoning {
  /** Members of the assistant message. */
  members: { [key: string]: Json | undefined }
  /** Parts that precede its content. */
  parts: JsonObject[]
}

/** @param blocks of one message, except blocks that only another dialect can verify */
export function encodeGivenReasoning(
  blocks: readonly ReasoningBlock[],
  { givenReasoning }: ChatWords,
): GivenReasoning {
  const text = blocks.flatMap(({ text: one }) => (one === undefined ? [] : [one])).join('')
  if (givenReasoning === 'content')
    return {
      members: {},
      parts: text === '' ? [] : [{ type: 'thinking', thinking: [{ type: 'text', text }] }],
    }
  const details = blocks.flatMap(({ signature, text: one }) => (signature ? [detail(signature, one)] : []))
  const hasDetails =
    details.length > 0 && (givenReasoning === undefined || givenReasoning === 'reasoning with details')
  const member =
    givenReasoning === 'reasoning' || givenReasoning === 'reasoning with details'
      ? 'reasoning'
      : 'reasoning_content'
  return {
    members: {
      [member]: text === '' ? undefined : text,
      reasoning_details: hasDetails ? details : undefined,
    },
    parts: [],
  }
}

const detail = (signature: Native, text: string | undefined) => detailOf(signature, text !== undefined)
