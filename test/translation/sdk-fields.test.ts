// A field that an official SDK can send and no row of the table decides would be lost without anybody having thought about it.

import { expect, test } from 'bun:test'
import type { DialectTable } from '../../src/traffic/llm/losses/index.ts'
import { codec as anthropic } from '../../src/traffic/llm/protocols/anthropic-messages/index.ts'
import { codec as gemini } from '../../src/traffic/llm/protocols/gemini/index.ts'
import { codec as chat } from '../../src/traffic/llm/protocols/openai-chat/index.ts'
import { codec as responses } from '../../src/traffic/llm/protocols/openai-responses/index.ts'
import { membersOf } from './sdk-fields.ts'

const openaiChat = 'openai/resources/chat/completions/completions.d.ts'
const openaiResponses = 'openai/resources/responses/responses.d.ts'
const messages = '@anthropic-ai/sdk/resources/messages/messages.d.ts'
const betaMessages = '@anthropic-ai/sdk/resources/beta/messages/messages.d.ts'
const genai = '@google/genai/dist/genai.d.ts'

/** Sent as headers: not of the body. */
const headerFields = new Set(['betas', 'anthropic-beta', 'user_profile_id', 'workspace_id'])

const undecided = ({ rows }: DialectTable, names: readonly string[], prefix = '') =>
  names.filter((name) => !headerFields.has(name) && !Object.hasOwn(rows, prefix + name)).map((name) => prefix + name)

test('every field of the OpenAI SDK’s chat requests is decided', () => {
  expect(undecided(chat.table, membersOf(openaiChat, 'ChatCompletionCreateParamsBase'))).toEqual([])
})

test('every field of the OpenAI SDK’s requests for responses is decided', () => {
  expect(undecided(responses.table, membersOf(openaiResponses, 'ResponseCreateParamsBase'))).toEqual([])
})

test('every field of the Anthropic SDK’s requests is decided, the beta’s too', () => {
  expect(undecided(anthropic.table, membersOf(messages, 'MessageCreateParamsBase'))).toEqual([])
  expect(undecided(anthropic.table, membersOf(betaMessages, 'MessageCreateParamsBase'))).toEqual([])
})

test.each([
  ['messages[].', ['UserMessageParam', 'AssistantMessageParam', 'SystemMessageParam']],
  [
    'messages[].content[].',
    [
      'TextBlockParam',
      'ImageBlockParam',
      'DocumentBlockParam',
      'ThinkingBlockParam',
      'RedactedThinkingBlockParam',
      'ToolUseBlockParam',
      'ToolResultBlockParam',
    ],
  ],
  ['tools[].', ['Tool']],
  ['thinking.', ['ThinkingConfigEnabled', 'ThinkingConfigAdaptive', 'ThinkingConfigDisabled', 'ThinkingConfigBetweenTools']],
  ['tool_choice.', ['ToolChoiceAuto', 'ToolChoiceAny', 'ToolChoiceTool', 'ToolChoiceNone']],
  ['output_config.', ['OutputConfig']],
  ['metadata.', ['Metadata']],
])('every field in %s of the Anthropic SDK is decided', (prefix, names) => {
  for (const name of names) expect(undecided(anthropic.table, membersOf(messages, name), prefix)).toEqual([])
})

/** Of the SDK itself: never sent in a body. */
const ofTheSdk = new Set(['httpOptions', 'abortSignal', 'automaticFunctionCalling', 'automaticContinuation'])
/** Beside `generationConfig` on the wire, in one object with the rest in the SDK. */
const beside = new Set([
  'systemInstruction',
  'tools',
  'toolConfig',
  'safetySettings',
  'cachedContent',
  'labels',
  'serviceTier',
  'store',
  'continuationToken',
  'generationOutputConfig',
  'modelArmorConfig',
])

test('every field of the Google SDK’s settings is decided', () => {
  const names = membersOf(genai, 'GenerateContentConfig').filter((name) => !ofTheSdk.has(name))
  expect(
    undecided(
      gemini.table,
      names.filter((name) => beside.has(name)),
    ),
  ).toEqual([])
  const inside = names.filter((name) => !beside.has(name))
  expect(undecided(gemini.table, inside, 'generationConfig.')).toEqual([])
})

test.each([
  ['generationConfig.', 'GenerationConfig'],
  ['toolConfig.', 'ToolConfig'],
])('every field in %s of the Google SDK is decided', (prefix, name) => {
  expect(undecided(gemini.table, membersOf(genai, name), prefix)).toEqual([])
})

test('the reader finds what it has to: a table without a row is noticed', () => {
  const { seed: _seed, ...rows } = chat.table.rows
  expect(undecided({ ...chat.table, rows }, membersOf(openaiChat, 'ChatCompletionCreateParamsBase'))).toEqual(['seed'])
  expect(membersOf(openaiChat, 'ChatCompletionCreateParamsBase').length).toBeGreaterThan(30)
  expect(membersOf(openaiResponses, 'ResponseCreateParamsBase').length).toBeGreaterThan(20)
  expect(membersOf(messages, 'MessageCreateParamsBase').length).toBeGreaterThan(12)
  expect(membersOf(genai, 'GenerateContentConfig').length).toBeGreaterThan(25)
})
