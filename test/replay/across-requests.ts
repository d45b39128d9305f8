// Across dialects: a recorded request of one dialect, sent to a provider of each other. It is translated or
// refused by name, and never causes an internal error.

import { fronts } from '../journeys/dialect-clients.ts'
import { says } from '../upstreams/any-dialect.ts'
import { short } from './compare.ts'
import { factsOf } from './facts/index.ts'
import { canonical, isObject, parsed } from './json.ts'
import type { Recording } from './recording.ts'
import type { Report } from './report.ts'
import { refusalOf } from './same-dialect.ts'
import type { Stage } from './stage.ts'
import { type Said, type Wish, wishOf } from './wishes/index.ts'

const response = 'Hello from the other side.'

export async function playRequest(stage: Stage, report: Report, recording: Recording): Promise<void> {
  const { dialect: front, kind, request, path, requestHeaders } = recording
  if (!request) return
  const isStream = request['stream'] === true || path.includes(':streamGenerateContent')
  const beta = requestHeaders['anthropic-beta']
  for (const back of fronts) {
    if (back === front) continue
    const pair = `${front} → ${back}`
    const asked = {
      front,
      kind,
      target: `plain-${back}/some-model`,
      isStream,
      body: request,
      ...(beta !== undefined && { headers: { 'anthropic-beta': beta } }),
    }
    const played = await stage.play(asked, says(back, { text: response }, { every: 1024 }))
    const reason = played.sent ? undefined : refusalOf(played)
    if (reason !== undefined) {
      report.refused('request', pair, reason, recording.name)
      continue
    }
    const differences: string[] = []
    if (played.status !== 200) differences.push(`status ${played.status}: ${short(played.answer)}`)
    else if (kind === 'generate') {
      const [choice] = factsOf(front, played.answer, isStream).choices
      if (choice?.text !== response) differences.push(`heard ${short(choice?.text)} instead of the answer`)
      const losses = played.headers.get('x-gatehouse-losses') ?? ''
      const isChosen = /allowed_tools|allowedFunctionNames|allowed_function_names/.test(
        JSON.stringify(request),
      )
      differences.push(
        ...wishDifferences(
          wishOf(front, request),
          wishOf(back, parsed(played.sent?.text ?? '')),
          losses,
          isChosen,
        ),
      )
    }
    report.compared('request', pair, recording.name, differences)
  }
}

function wishDifferences(asked: Wish, sent: Wish, losses: string, isChosen: boolean): string[] {
  const differences: string[] = []
  const tell = (what: string, one: unknown, other: unknown) =>
    differences.push(`${what}: asked ${short(one)}, sent ${short(other)} (lost: ${losses || 'nothing'})`)
  if (bare(asked.system) !== bare(sent.system)) tell('system', asked.system, sent.system)
  // a dialect that requires a user message first gets one
  const isOpened =
    asked.said[0]?.role === 'assistant' && sent.said[0]?.role === 'user' && losses.includes('[].role')
  const heard = isOpened ? sent.said.slice(1) : sent.said
  const [one, other] = [asked.said, heard].map((said) => said.map(saidText))
  if (canonical(one) !== canonical(other)) {
    const at = one?.findIndex((text, index) => text !== other?.[index]) ?? 0
    tell(
      `said ${at < 0 ? one?.length : at}`,
      asked.said[at < 0 ? (one?.length ?? 0) : at],
      heard[at < 0 ? (one?.length ?? 0) : at],
    )
  }
  // If a dialect cannot choose among some of the tools, only those are sent. A tool that a search found is
  // also among those of the request, because vendors accept each name once.
  const tools = [...new Set(asked.tools)]
  if (
    canonical(tools) !== canonical(sent.tools) &&
    !(isChosen && sent.tools.every((tool) => tools.includes(tool)))
  )
    tell('tools', tools, sent.tools)
  for (const name of ['maxTokens', 'temperature', 'topP', 'stop'] as const) {
    const value = asked.settings[name]
    // the value 1 has no effect
    if (name === 'topP' && value === 1) continue
    if (
      value !== undefined &&
      !named(losses, name) &&
      canonical(value) !== canonical(sent.settings[name] ?? null)
    )
      tell(name, value, sent.settings[name])
  }
  if ((asked.settings.schema === undefined) !== (sent.settings.schema === undefined))
    tell('schema', asked.settings.schema, sent.settings.schema)
  return differences
}

/** A setting that the gateway reports as not carried. */
const named = (losses: string, setting: keyof typeof words) => words[setting].test(losses)

const words = {
  maxTokens: /max_?(?:output_?)?tokens/i,
  temperature: /temperature/,
  topP: /top_?p/i,
  stop: /stop/,
}

const bare = (text: string) => text.replace(/\s+/g, '')

function saidText({ role, kind, text }: Said): string {
  if (kind === 'media') return `${role} ${kind} ${text}`
  const value = kind === 'result' ? parsed(text) : undefined
  if (kind === 'result' && silent.has(text)) return `${role} ${kind}`
  return `${role} ${kind} ${bare(isObject(value) || Array.isArray(value) ? canonical(value) : text)}`
}

/** Results that only have an image. Some dialects accept it only in the next message. */
const silent = new Set(['', '{}', 'See the next message.'])
