// Lists every place in a JSON value, and replaces the value of a place.

export type Path = readonly (string | number)[]

export function* placesOf(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    yield* placesOf(inner, [...path, Array.isArray(value) ? Number(key) : key])
}

export function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value)
}

export function put<Value>(value: Value, path: Path, replacement: unknown): Value {
  // an object that is in two places of the value becomes two objects in the copy
  const copy: Value = JSON.parse(JSON.stringify(value))
  const last = path.at(-1)
  if (last === undefined) return replacement as Value
  ;(at(copy, path.slice(0, -1)) as Record<string | number, unknown>)[last] = replacement
  return copy
}

/** The form that refusals use: `messages[0].content`. */
export const nameOf = (path: Path): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${key}`)).join('')
