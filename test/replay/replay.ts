// Runs a folder of recordings through one gateway, check by check.

import { playRequest } from './across-requests.ts'
import { crossedRecordDifferences, type Crossed, playAnswer } from './across-answers.ts'
import { playEmbedAnswer, playEmbedRequest } from './embeddings.ts'
import { dialectName, readRecordings } from './recording.ts'
import { Report } from './report.ts'
import { roundTripDifferences } from './round-trip.ts'
import { type Kept, playSame, recordDifferences } from './same-dialect.ts'
import { openSdks } from './sdks.ts'
import { openStage } from './stage.ts'
import { isAnswer } from './target.ts'

export const checks = ['same', 'requests', 'answers', 'round-trips'] as const
export type Check = (typeof checks)[number]

export interface ReplayOptions {
  folder: string
  seed: number
  only?: string
  checks: readonly Check[]
}

export async function replay({ folder, seed, only, checks: wanted }: ReplayOptions) {
  const began = performance.now()
  const { recordings: all, withoutDoor } = readRecordings(folder)
  const recordings = all.filter(
    ({ name, provider, dialect }) =>
      only === undefined || [name, provider, dialect].some((word) => word.includes(only)),
  )
  const report = new Report()
  const stage = await openStage(recordings, seed)
  const sdks = openSdks()
  const kept: Kept[] = []
  const crossed: Crossed[] = []
  try {
    if (wanted.includes('same'))
      for (const recording of recordings) {
        const played = await playSame(stage, report, recording)
        if (played) kept.push(played)
      }
    if (wanted.includes('requests'))
      for (const recording of recordings)
        await (recording.kind === 'embed' ? playEmbedRequest : playRequest)(stage, report, recording)
    if (wanted.includes('answers'))
      for (const recording of recordings) {
        if (recording.kind === 'generate') crossed.push(...(await playAnswer(stage, sdks, report, recording)))
        if (recording.kind === 'embed') crossed.push(await playEmbedAnswer(stage, report, recording))
      }
    if (wanted.includes('round-trips'))
      for (const recording of recordings)
        if (recording.kind === 'generate' && isAnswer(recording))
          report.compared(
            'round trip',
            recording.dialect,
            recording.name,
            await roundTripDifferences(recording),
          )
    const records = await stage.records()
    for (const one of kept)
      report.compared(
        'record',
        dialectName(one.recording),
        one.recording.name,
        recordDifferences(one, records.get(one.played.exchange)),
      )
    const own = new Map(kept.map(({ recording, played }) => [recording, records.get(played.exchange)]))
    for (const one of crossed) {
      const pair = `${dialectName({ ...one.recording, dialect: one.front })} ← ${dialectName(one.recording)}`
      report.compared(
        'record',
        pair,
        one.recording.name,
        crossedRecordDifferences(one, records.get(one.played.exchange), own.get(one.recording)),
      )
    }
  } finally {
    sdks.stop()
    await stage.stop()
  }
  return { report, recordings: recordings.length, withoutDoor, seconds: (performance.now() - began) / 1000 }
}
