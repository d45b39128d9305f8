// Facts of Google's generateContent and of its chunks, which repeat the counts.

import { at, canonical, counted, isObject, listed, texted } from '../json.ts'
import type { Call, Facts, Tokens } from './facts.ts'

interface Building {
  text: string
  reasoning: string
  calls: Call[]
  finish?: string
}

export function geminiFacts(events: readonly unknown[]): Facts {
  const choices = new Map<number, Building>()
  let usage: Readonly<Record<string, unknown>> | undefined
  let error: string | undefined
  let model: string | undefined
  let blocked: string | undefined
  const queries = new Set<string>()
  for (const event of events) {
    if (isObject(at(event, 'error'))) error = texted(at(event, 'error', 'message')) ?? 'error'
    model = texted(at(event, 'modelVersion')) ?? model
    blocked = texted(at(event, 'promptFeedback', 'blockReason')) ?? blocked
    const metadata = at(event, 'usageMetadata')
    if (isObject(metadata)) usage = metadata
    for (const candidate of listed(at(event, 'candidates'))) {
      const number = counted(at(candidate, 'index')) ?? 0
      const building = choices.get(number) ?? { text: '', reasoning: '', calls: [] }
      choices.set(number, building)
      const finish = texted(at(candidate, 'finishReason'))
      if (finish !== undefined) building.finish = finish
      for (const part of listed(at(candidate, 'content', 'parts'))) add(building, part)
      for (const query of listed(at(candidate, 'groundingMetadata', 'webSearchQueries')))
        if (texted(query)?.trim()) queries.add(String(query))
    }
  }
  if (blocked !== undefined && choices.size === 0)
    choices.set(0, { text: '', reasoning: '', calls: [], finish: blocked })
  return {
    choices: [...choices.values()].map((building) => ({ ...building, refusal: '' })),
    ...(usage && { tokens: tokensOf(usage) }),
    searches: queries.size,
    ...(model !== undefined && { model }),
    ...(error !== undefined && { error }),
  }
}

function add(building: Building, part: unknown): void {
  const text = texted(at(part, 'text')) ?? ''
  if (at(part, 'thought') === true) building.reasoning += text
  else building.text += text
  const call = at(part, 'functionCall')
  if (!isObject(call)) return
  const id = texted(at(call, 'id'))
  building.calls.push({
    ...(id !== undefined && { id }),
    name: texted(at(call, 'name')) ?? '',
    input: canonical(at(call, 'args') ?? {}),
  })
}

/**
 * Tokens that Google's own tools read count as input in addition to the prompt; thoughts count as output in
 * addition to the candidates.
 */
function tokensOf(usage: unknown): Tokens {
  const prompt = counted(at(usage, 'promptTokenCount'))
  const tools = counted(at(usage, 'toolUsePromptTokenCount'))
  const candidates = counted(at(usage, 'candidatesTokenCount'))
  const thoughts = counted(at(usage, 'thoughtsTokenCount'))
  const total = counted(at(usage, 'totalTokenCount'))
  const cached = counted(at(usage, 'cachedContentTokenCount'))
  const audio = ['promptTokensDetails', 'toolUsePromptTokensDetails'].flatMap((name) =>
    listed(at(usage, name)).flatMap((detail) =>
      at(detail, 'modality') === 'AUDIO' ? [counted(at(detail, 'tokenCount')) ?? 0] : [],
    ),
  )
  const input = prompt === undefined ? tools : prompt + (tools ?? 0)
  const output =
    candidates !== undefined || thoughts !== undefined
      ? (candidates ?? 0) + (thoughts ?? 0)
      : total === undefined || input === undefined
        ? undefined
        : total - input
  return {
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(cached !== undefined && { cacheRead: Math.min(cached, input ?? cached) }),
    ...(thoughts !== undefined && { reasoning: thoughts }),
    ...(audio.length > 0 && { audio: audio.reduce((sum, count) => sum + count, 0) }),
  }
}
