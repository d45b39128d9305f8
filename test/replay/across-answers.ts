// Across dialects: a recorded response of one dialect, requested by a client of each other. Its content must
// arrive, and the SDK must read it.

import type { ExchangeRecord } from '../../src/contract/record.ts'
import { type Front, fronts } from '../journeys/dialect-clients.ts'
import { arrivalOf, short } from './compare.ts'
import { factsOf } from './facts/index.ts'
import { at, parsed } from './json.ts'
import { question } from './questions.ts'
import type { Recording } from './recording.ts'
import type { Report } from './report.ts'
import { answerOf, statusFor } from './same-dialect.ts'
import type { Sdks } from './sdks.ts'
import type { Played, Stage } from './stage.ts'
import { isAnswer, targetOf } from './target.ts'

export interface Crossed {
  recording: Recording
  front: Front
  played: Played
}

export async function playAnswer(
  stage: Stage,
  sdks: Sdks,
  report: Report,
  recording: Recording,
): Promise<Crossed[]> {
  const crossed: Crossed[] = []
  for (const front of fronts) {
    if (front === recording.dialect) continue
    const pair = `${front} ← ${recording.dialect}`
    const { isStream } = recording
    const asked = { front, target: targetOf(recording, front), isStream, body: question(front, isStream) }
    const played = await stage.play(asked, answerOf(recording))
    report.compared(
      'answer',
      pair,
      recording.name,
      isAnswer(recording) || (isStream && recording.status < 400)
        ? differencesOf(recording, front, played)
        : errorDifferences(recording, front, played),
    )
    crossed.push({ recording, front, played })
    const facts = factsOf(recording.dialect, recording.answer, isStream)
    if (played.status === 200 && facts.error === undefined) {
      const heard = await sdks.read(front, played.answer, isStream)
      report.compared(
        'SDK',
        pair,
        recording.name,
        'thrown' in heard
          ? [`the SDK throws ${heard.thrown}`]
          : heardDifferences(front, played.answer, isStream, heard),
      )
    }
  }
  return crossed
}

function differencesOf(recording: Recording, front: Front, played: Played): string[] {
  const { dialect, answer, isStream } = recording
  const recorded = factsOf(dialect, answer, isStream)
  if (recorded.error !== undefined)
    return played.answer.includes(recorded.error.slice(0, 40))
      ? []
      : [`the error ${short(recorded.error)} did not arrive: ${short(played.answer)}`]
  if (played.status !== 200) return [`status ${played.status}: ${short(played.answer)}`]
  return arrivalOf(dialect, recorded, front, factsOf(front, played.answer, isStream))
}

export function errorDifferences(recording: Recording, front: Front, played: Played): string[] {
  const { answer } = recording
  const status = statusFor(recording)
  const differences: string[] = []
  const others = elsewhere[front][status] ?? []
  if (played.status !== status && !others.includes(played.status))
    differences.push(`status ${played.status} instead of ${status}: ${short(played.answer)}`)
  const reported = at(parsed(answer), 'error', 'message')
  const heard = at(parsed(played.answer), 'error', 'message')
  if (typeof heard !== 'string' || heard === '')
    differences.push(`an error without a message: ${short(played.answer)}`)
  // Claude Code recognizes a prompt that is too long by this message
  else if (
    typeof reported === 'string' &&
    recording.status === status &&
    heard !== reported &&
    heard !== `prompt is too long: ${reported}`
  )
    differences.push(`message ${short(heard)} instead of ${short(reported)}`)
  return differences
}

/** Dialects whose SDK has another status for the same error. */
const elsewhere: Readonly<Record<Front, Readonly<Record<number, readonly number[]>>>> = {
  'openai-chat': { 529: [503] },
  'openai-responses': { 529: [503] },
  'anthropic-messages': { 503: [529], 402: [402], 413: [413] },
  gemini: { 529: [503], 402: [429], 413: [400], 422: [400] },
}

function heardDifferences(
  front: Front,
  response: string,
  isStream: boolean,
  heard: { text: string; calls: number },
): string[] {
  const [choice] = factsOf(front, response, isStream).choices
  const differences: string[] = []
  if (choice && heard.text !== choice.text)
    differences.push(`the SDK hears ${short(heard.text)} instead of ${short(choice.text)}`)
  if (choice && heard.calls !== choice.calls.length)
    differences.push(`the SDK hears ${heard.calls} calls instead of ${choice.calls.length}`)
  return differences
}

/** The cost does not depend on the client's dialect. */
export function crossedRecordDifferences(
  { recording, front, played }: Crossed,
  record: ExchangeRecord | undefined,
  own: ExchangeRecord | undefined,
): string[] {
  if (!record) return [`${front}: no record of ${played.exchange}`]
  if (!own || !isAnswer(recording)) return []
  return [
    ...(record.costNano === own.costNano || own.costBasis !== 'usage'
      ? []
      : [`${front}: cost ${record.costNano} instead of ${own.costNano}`]),
    ...((record.finish?.raw ?? '') === (own.finish?.raw ?? '')
      ? []
      : [`${front}: finish ${record.finish?.raw} instead of ${own.finish?.raw}`]),
  ]
}
