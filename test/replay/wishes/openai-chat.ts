// Requested settings of a chat request.

import { inputOf } from '../facts/openai-chat.ts'
import { at, canonical, counted, isObject, listed, texted } from '../json.ts'
import type { Said, Settings, Wish } from './wish.ts'

const instructing = new Set<unknown>(['system', 'developer'])

export function chatWish(request: unknown): Wish {
  const messages = listed(at(request, 'messages'))
  // instructions in the middle of a conversation are found at any place that a dialect allows
  const system = messages
    .filter((message) => instructing.has(at(message, 'role')))
    .map((message) => textIn(at(message, 'content')))
  return {
    system: system.join('\n'),
    said: messages.flatMap((message) => (instructing.has(at(message, 'role')) ? [] : saidIn(message))),
    tools: [
      ...listed(at(request, 'tools')).flatMap((tool) => toolOf(at(tool, 'function') ?? at(tool, 'custom'))),
      ...listed(at(request, 'functions')).flatMap(toolOf),
    ],
    settings: settingsOf(request),
  }
}

export const toolOf = (tool: unknown): string[] => {
  const name = texted(at(tool, 'name'))
  return name === undefined ? [] : [name]
}

function saidIn(message: unknown): Said[] {
  const role = at(message, 'role')
  const content = at(message, 'content')
  if (role === 'tool' || role === 'function')
    return [{ role: 'user', kind: 'result', text: textIn(content) }, ...mediaIn(content)]
  const by = role === 'assistant' ? 'assistant' : 'user'
  const calls = [
    ...listed(at(message, 'tool_calls')).map((call) => at(call, 'function') ?? at(call, 'custom')),
    at(message, 'function_call'),
  ].filter(isObject)
  return [
    ...partsOf(content, by),
    ...(texted(at(message, 'refusal'))
      ? [{ role: by, kind: 'text', text: texted(at(message, 'refusal')) ?? '' } as const]
      : []),
    ...calls.map((call) =>
      callOf(
        texted(at(call, 'name')) ?? '',
        texted(at(call, 'arguments')) ?? texted(at(call, 'input')) ?? '',
      ),
    ),
  ]
}

export const callOf = (name: string, input: string): Said => ({
  role: 'assistant',
  kind: 'call',
  text: `${name}(${inputOf(input)})`,
})

export function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  return listed(content)
    .map((part) => texted(at(part, 'text')) ?? texted(at(part, 'refusal')) ?? '')
    .filter((text) => text !== '')
    .join('\n')
}

function partsOf(content: unknown, role: Said['role']): Said[] {
  if (typeof content === 'string') return [{ role, kind: 'text', text: content }]
  return listed(content).flatMap((part): Said[] => {
    const text = texted(at(part, 'text')) ?? texted(at(part, 'refusal'))
    return text === undefined ? mediaIn([part]) : [{ role, kind: 'text', text }]
  })
}

function mediaIn(content: unknown): Said[] {
  return listed(content).flatMap((part) => {
    const place =
      texted(at(part, 'image_url', 'url')) ??
      texted(at(part, 'image_url')) ??
      texted(at(part, 'file', 'file_data')) ??
      texted(at(part, 'input_audio', 'data')) ??
      texted(at(part, 'video_url', 'url')) ??
      texted(at(part, 'document_url')) ??
      texted(at(part, 'document_url', 'url'))
    return place === undefined ? [] : [media(place)]
  })
}

/** Base64 in one alphabet, without the head of a data URL. */
const dataIn = (place: string) =>
  place
    .replace(/^data:[^,]*,/, '')
    .replace(/\s/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')

/** Data is compared by its end, at any place; addresses are compared unchanged. */
export const media = (place: string): Said => ({
  role: 'user',
  kind: 'media',
  text: place.startsWith('http') ? place : dataIn(place).slice(-24),
})

function settingsOf(request: unknown): Settings {
  const stop = at(request, 'stop')
  const schema = at(request, 'response_format', 'json_schema', 'schema')
  return {
    ...numbers({
      maxTokens: at(request, 'max_completion_tokens') ?? at(request, 'max_tokens'),
      temperature: at(request, 'temperature'),
      topP: at(request, 'top_p'),
    }),
    ...(stop !== undefined &&
      stop !== null && { stop: typeof stop === 'string' ? [stop] : listed(stop).map(String) }),
    ...(isObject(schema) && { schema: canonical(schema) }),
  }
}

export function numbers(values: Readonly<Record<'maxTokens' | 'temperature' | 'topP', unknown>>): Settings {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) =>
        (name === 'maxTokens' ? counted(value) : typeof value === 'number') !== undefined &&
        typeof value === 'number',
    ),
  )
}
