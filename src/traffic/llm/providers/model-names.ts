// Reads a server's response to GET /models: OpenAI's list, Ollama's, a bare array, objects or names.

const mostNames = 5000
const longestName = 200

/**
 * The names without duplicates, in the server's order. Undefined if this is not a list of models. Entries
 * without a name are skipped.
 */
export function modelNames(bytes: Uint8Array): readonly string[] | undefined {
  const list = listIn(parsed(bytes))
  if (!list) return undefined
  const names = new Set<string>()
  for (const entry of list) {
    const name = nameOf(entry)
    if (name !== undefined) names.add(name)
    if (names.size >= mostNames) break
  }
  return [...names]
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function listIn(response: unknown): readonly unknown[] | undefined {
  if (Array.isArray(response)) return response
  if (!isObject(response)) return undefined
  return [response['data'], response['models']].find((list) => Array.isArray(list))
}

/**
 * Together sends `id`, Ollama `name` or `model`, some servers plain strings. Google's `models/` prefix is not
 * part of the name.
 */
function nameOf(entry: unknown): string | undefined {
  const name = isObject(entry) ? (entry['id'] ?? entry['name'] ?? entry['model']) : entry
  if (typeof name !== 'string') return undefined
  const bare = name.replace(/^models\//, '')
  // a name is used in configurations, logs and headers, so control characters and long texts are refused
  return bare !== '' && bare.length <= longestName && !/[\p{Cc}\s]/u.test(bare) ? bare : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
