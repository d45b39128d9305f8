// Embeddings: the content of a recorded response, and the calls across the two dialects that support them.

import { type Crossed, errorDifferences } from './across-answers.ts'
import { short } from './compare.ts'
import { embeddedIn } from './facts/embedded.ts'
import { at, canonical, listed, parsed, texted } from './json.ts'
import { dialectName, type Recording } from './recording.ts'
import type { Report } from './report.ts'
import { answerOf, refusalOf } from './same-dialect.ts'
import type { Stage } from './stage.ts'
import { isAnswer, targetOf } from './target.ts'

const otherOf = ({ dialect }: Recording) => (dialect === 'gemini' ? 'openai-chat' : 'gemini')

export async function playEmbedRequest(stage: Stage, report: Report, recording: Recording): Promise<void> {
  const { dialect, request } = recording
  if (!request) return
  const back = otherOf(recording)
  const pair = `${dialectName(recording)} → ${dialectName({ dialect: back, kind: 'embed' })}`
  const inputs = inputsOf(request)
  const vectors = inputs.map((_, index) => [index + 0.5, -0.25])
  const said =
    back === 'gemini'
      ? { embeddings: vectors.map((values) => ({ values })), usageMetadata: { promptTokenCount: 7 } }
      : {
          object: 'list',
          model: 'some-model',
          data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
          usage: { prompt_tokens: 7, total_tokens: 7 },
        }
  const upstream = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(said),
    isStream: false,
  }
  const played = await stage.play(
    { front: dialect, kind: 'embed', target: `plain-${back}/some-model`, isStream: false, body: request },
    upstream,
  )
  const reason = played.sent ? undefined : refusalOf(played)
  if (reason !== undefined) return report.refused('request', pair, reason, recording.name)
  const differences: string[] = []
  const sent = inputsOf(parsed(played.sent?.text ?? ''))
  if (played.status !== 200) differences.push(`status ${played.status}: ${short(played.answer)}`)
  else if (canonical(embeddedIn(played.answer).vectors) !== canonical(vectors))
    differences.push(`heard ${short(played.answer)} instead of the vectors`)
  if (canonical(sent) !== canonical(inputs))
    differences.push(`inputs: asked ${short(inputs)}, sent ${short(sent)}`)
  report.compared('request', pair, recording.name, differences)
}

export async function playEmbedAnswer(stage: Stage, report: Report, recording: Recording): Promise<Crossed> {
  const front = otherOf(recording)
  const recorded = embeddedIn(recording.answer)
  const texts = recorded.vectors.length === 0 ? ['Hi'] : recorded.vectors.map((_, index) => `Text ${index}`)
  const body =
    front === 'gemini'
      ? { requests: texts.map((text) => ({ content: { parts: [{ text }] } })) }
      : { input: texts }
  const asked = { front, kind: 'embed', target: targetOf(recording, front), isStream: false, body } as const
  const played = await stage.play(asked, answerOf(recording))
  const pair = `${dialectName({ dialect: front, kind: 'embed' })} ← ${dialectName(recording)}`
  const heard = embeddedIn(played.answer)
  const differences = isAnswer(recording) ? [] : errorDifferences(recording, front, played)
  if (isAnswer(recording) && played.status !== 200)
    differences.push(`status ${played.status}: ${short(played.answer)}`)
  if (canonical(heard.vectors) !== canonical(recorded.vectors))
    differences.push(`vectors ${short(heard.vectors)} instead of ${short(recorded.vectors)}`)
  if (recorded.input !== undefined && heard.input !== recorded.input)
    differences.push(`input tokens ${heard.input} instead of ${recorded.input}`)
  report.compared('answer', pair, recording.name, differences)
  return { recording, front, played }
}

/** The texts or other contents to embed, one by one. */
function inputsOf(body: unknown): readonly unknown[] {
  const input = at(body, 'input')
  if (input !== undefined) return Array.isArray(input) && typeof input[0] !== 'number' ? input : [input]
  const asked = at(body, 'requests') === undefined ? [body] : listed(at(body, 'requests'))
  return asked.map((one) =>
    listed(at(one, 'content', 'parts'))
      .map((part) => texted(at(part, 'text')) ?? canonical(part))
      .join(''),
  )
}
