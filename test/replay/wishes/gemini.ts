// Requested settings of a generateContent request, in camelCase or snake_case.

import { at, canonical, isObject, listed, texted } from '../json.ts'
import { callOf, media, numbers } from './openai-chat.ts'
import type { Said, Wish } from './wish.ts'

const either = (value: unknown, name: string): unknown =>
  at(value, name) ??
  at(
    value,
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  )

export function geminiWish(request: unknown): Wish {
  const config = either(request, 'generationConfig')
  const stop = either(config, 'stopSequences')
  const schema = either(config, 'responseJsonSchema') ?? either(config, 'responseSchema')
  const contents = at(request, 'contents')
  const tools: unknown = at(request, 'tools')
  const instruction = either(request, 'systemInstruction')
  return {
    system: textsOf(typeof instruction === 'string' ? { parts: [{ text: instruction }] } : instruction).join(
      '\n',
    ),
    said: (Array.isArray(contents) ? contents : [contents]).flatMap(saidIn),
    tools: (Array.isArray(tools) ? tools : [tools]).flatMap((tool) =>
      listed(either(tool, 'functionDeclarations')).map((declared) => texted(at(declared, 'name')) ?? ''),
    ),
    settings: {
      ...numbers({
        maxTokens: either(config, 'maxOutputTokens'),
        temperature: at(config, 'temperature'),
        topP: either(config, 'topP'),
      }),
      ...(Array.isArray(stop) && { stop: stop.map(String) }),
      ...(isObject(schema) && { schema: canonical(schema) }),
    },
  }
}

const partsOf = (content: unknown): readonly unknown[] => {
  const parts = at(content, 'parts')
  return Array.isArray(parts) ? parts : isObject(parts) ? [parts] : []
}

const textsOf = (content: unknown): string[] =>
  partsOf(content).flatMap((part) => texted(at(part, 'text')) ?? [])

function saidIn(content: unknown): Said[] {
  const role = at(content, 'role') === 'model' ? 'assistant' : 'user'
  return partsOf(content).flatMap((part): Said[] => {
    if (at(part, 'thought') === true) return []
    const text = texted(at(part, 'text'))
    if (text !== undefined) return [{ role, kind: 'text', text }]
    const call = either(part, 'functionCall')
    if (call) return [callOf(texted(at(call, 'name')) ?? '', canonical(at(call, 'args') ?? {}))]
    const result = either(part, 'functionResponse')
    if (result)
      return [
        { role: 'user', kind: 'result', text: resultOf(at(result, 'response')) },
        ...listed(at(result, 'parts')).flatMap(mediaOf),
      ]
    return mediaOf(part)
  })
}

function mediaOf(part: unknown): Said[] {
  const place =
    texted(at(either(part, 'inlineData'), 'data')) ?? texted(either(either(part, 'fileData'), 'fileUri'))
  return place === undefined ? [] : [media(place)]
}

/** A response is an object. If it has only one member with a common name, its value counts. */
function resultOf(response: unknown): string {
  for (const name of ['output', 'result', 'error']) {
    const value = at(response, name)
    if (value !== undefined && isObject(response) && Object.keys(response).length === 1)
      return typeof value === 'string' ? value : canonical(value)
  }
  return canonical(response ?? {})
}
