// A response that is decoded, encoded and decoded again must be equal: a dialect's codec can write what it
// reads.

import type { Codec, ResponseEvent } from '../../src/traffic/llm/canonical/index.ts'
import { codec as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { codec as gemini } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as chat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as responses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import type { Front } from '../journeys/dialect-clients.ts'
import { blocksOf, notesOf, readAll, replyContext, streamOf, wholeOf } from '../translation/kit.ts'
import { short } from './compare.ts'
import { canonical } from './json.ts'
import { question } from './questions.ts'
import type { Recording } from './recording.ts'

const codecs: Readonly<Record<Front, Codec>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': anthropic,
  gemini,
}

export async function roundTripDifferences({ dialect, answer, isStream }: Recording): Promise<string[]> {
  const codec = codecs[dialect]
  const read = async (text: string) => {
    let made = 0
    return readAll(
      codec.decodeResponse(isStream ? streamOf([text]) : wholeOf(text), {
        newId: (prefix) => `${prefix}${++made}`,
      }),
    )
  }
  const first = await read(answer)
  const path =
    dialect === 'gemini'
      ? `/v1beta/models/m:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`
      : '/'
  const body = JSON.stringify({ model: 'm', ...question(dialect, isStream) })
  const notes = notesOf(codec, codec)
  const { responseSeed } = codec.decodeRequest({ path, body, headers: [], isStreaming: isStream }, notes)
  const encoder = codec.encoder(responseSeed, replyContext(notes))
  const second = await read(first.map((event) => encoder.write(event)).join(''))
  const [one, other] = [first, second].map((events) => said(events))
  return canonical(one) === canonical(other) ? [] : differing(one, other)
}

/** The content, without its division into pieces and without side information. */
function said(events: Awaited<ReturnType<typeof readAll>>) {
  const { blocks, rest } = blocksOf(events, 'stream')
  const facts = [...rest].flatMap((event) => (typeof event === 'string' ? [] : factOf(event)))
  const kept = blocks.filter(
    ({ text, signature, kind }) => text !== '' || signature !== undefined || kind === 'tool-call',
  )
  // not every dialect distinguishes raw reasoning from a summary
  return { blocks: kept.map((block) => ({ ...block, isSummary: undefined })), facts }
}

/** Older and missing finish reasons are written as the current ones. */
function factOf(event: ResponseEvent): unknown[] {
  if (event.kind === 'finish') return [event.finish.unified === 'other' ? 'stop' : event.finish.unified]
  return event.kind === 'error' || event.kind === 'native' || event.kind === 'media' ? [event] : []
}

function differing(
  one: ReturnType<typeof said> | undefined,
  other: ReturnType<typeof said> | undefined,
): string[] {
  const all = [one, other].map((each) =>
    [...(each?.blocks ?? []), ...(each?.facts ?? [])].map((part) => canonical(part)),
  )
  const at = all[0]?.findIndex((part, index) => part !== all[1]?.[index]) ?? 0
  const place = at < 0 ? (all[0]?.length ?? 0) : at
  return [`block ${place}: read ${short(all[0]?.[place])}, written and read again ${short(all[1]?.[place])}`]
}
