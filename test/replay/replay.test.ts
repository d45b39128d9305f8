// The command finds nothing in our recordings that match the providers' responses, and finds the errors in
// others.

import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arrivalOf } from './compare.ts'
import { factsOf } from './facts/index.ts'
import { readRecordings } from './recording.ts'
import { checks, replay } from './replay.ts'
import { costOf } from './same-dialect.ts'

const folder = new URL('../fixtures/recordings', import.meta.url).pathname

test('recordings of every dialect replay without errors in their own dialect and across dialects', async () => {
  const { report, recordings, withoutDoor } = await replay({ folder, seed: 7, checks })
  expect(report.differences).toEqual([])
  expect([recordings, withoutDoor]).toEqual([14, { 'openai-speech': 1 }])
  const table = report.table()
  for (const row of ['same dialect', 'request', 'answer', 'SDK', 'record', 'round trip'])
    expect(table).toContain(`\n${row}`)
  for (const pair of ['openai-embeddings → gemini-embeddings', 'gemini-embeddings → openai-embeddings'])
    expect(table).toContain(pair)
  expect(report.refusals()).toContain('"tools[]" cannot be carried')
})

test('a replay reports text, calls, ends and counts that do not arrive', () => {
  const recording = readRecordings(folder).recordings.find(({ name }) => name === 'parallel-tools-streamed')
  const reported = factsOf('openai-chat', recording?.answer ?? '', true)
  const [choice] = reported.choices
  if (!choice) throw new Error('the recording has no choice')
  expect(choice.calls.map(({ input }) => input)).toEqual(['{"city":"Zürich"}', '{"city":"Oslo"}'])
  expect(
    arrivalOf('openai-chat', reported, 'anthropic-messages', {
      ...reported,
      choices: [{ ...choice, finish: 'tool_use' }],
    }),
  ).toEqual([])
  const broken = {
    ...choice,
    text: 'More.',
    reasoning: 'Hm.',
    calls: choice.calls.slice(1),
    finish: 'end_turn',
  }
  const differences = arrivalOf('openai-chat', reported, 'anthropic-messages', {
    ...reported,
    choices: [broken],
    tokens: { ...reported.tokens, output: 44 },
  })
  expect(differences.map((difference) => difference.split(':')[0])).toEqual([
    'text',
    'reasoning',
    'calls',
    'id of a call',
    'output tokens',
  ])
})

test('a replay computes the cost from the response alone', () => {
  const recording = readRecordings(folder).recordings.find(
    ({ name }) => name === 'thinking-and-a-tool-streamed',
  )
  const facts = factsOf('anthropic-messages', recording?.answer ?? '', true)
  expect(facts.tokens).toEqual({
    input: 2112,
    output: 70,
    cacheRead: 2000,
    cacheWrite: 100,
    cacheWriteLong: 40,
  })
  expect(costOf(facts)).toBe(String(12 * 3000 + 2000 * 500 + 60 * 7000 + 40 * 11_000 + 70 * 17_000))
})

test('a replay names a file that is not a recording', () => {
  const other = mkdtempSync(join(tmpdir(), 'recordings-'))
  try {
    writeFileSync(join(other, 'notes.json'), '{"protocol":"openai-chat","path":"/v1"}')
    expect(() => readRecordings(other)).toThrow('notes.json is no recorded exchange')
  } finally {
    rmSync(other, { recursive: true })
  }
})
