import { expect, test } from 'bun:test'
import type { ReasoningSettings, Sampling } from '../../canonical/index.ts'
import { LossNotes } from '../../losses/index.ts'
import { codec as chat } from '../../dialects/openai-chat/index.ts'
import { fittedTo } from './reasoning-models.ts'

type Effort = ReasoningSettings['effort']

const fitted = (model: string, effort: Effort, sampling: Sampling = {}) => {
  const notes = new LossNotes({
    front: chat.table,
    back: chat.table,
    backDialect: 'openai-chat',
    target: `openai/${model}`,
  })
  const { reasoning, ...made } = fittedTo(
    { model, isStreaming: false, system: [], turns: [], ...(effort && { reasoning: { effort } }), sampling },
    notes,
  )
  return { effort: reasoning?.effort, ...made, lost: notes.losses.map(({ field }) => field) }
}

test.each<[string, Effort, Effort, string[]]>([
  ['gpt-4o', 'high', undefined, ['reasoning_effort']],
  // it does not reason, as requested
  ['gpt-4o', 'none', undefined, []],
  ['gpt-5-chat-latest', 'low', undefined, ['reasoning_effort']],
  ['o3', 'none', 'low', ['reasoning_effort']],
  ['o4-mini-2025-04-16', 'xhigh', 'high', ['reasoning_effort']],
  ['gpt-5', 'none', 'minimal', ['reasoning_effort']],
  ['gpt-5-mini', 'minimal', 'minimal', []],
  ['gpt-5-pro', 'low', 'high', ['reasoning_effort']],
  ['gpt-5.1', 'none', 'none', []],
  ['gpt-5.1', 'minimal', 'none', ['reasoning_effort']],
  ['gpt-5.1-codex-max', 'xhigh', 'xhigh', []],
  ['gpt-5.2', 'max', 'xhigh', ['reasoning_effort']],
  ['gpt-5.6-sol', 'max', 'max', []],
  ['my-deployment', 'none', 'none', []],
])('%s is asked for the effort nearest to %s', (model, wished, effort, lost) => {
  expect(fitted(model, wished)).toEqual({ effort, sampling: {}, lost })
})

test.each<[string, Effort, boolean]>([
  ['gpt-4o', undefined, true],
  ['gpt-5', undefined, false],
  ['o3', 'low', false],
  ['gpt-5.2', undefined, true],
  ['gpt-5.2', 'none', true],
  ['gpt-5.2', 'low', false],
  ['gpt-6-sol', undefined, false],
  ['llama', 'high', true],
])('%s beside the effort %s takes a temperature: %p', (model, effort, isTaken) => {
  const { sampling, lost } = fitted(model, effort, { temperature: 0.2, topP: 1, seed: 7 })
  expect(sampling).toEqual(isTaken ? { temperature: 0.2, topP: 1, seed: 7 } : { seed: 7 })
  expect(lost).toEqual(isTaken ? [] : ['temperature'])
})
