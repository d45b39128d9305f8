// Reads foreign JSON: a value with an unexpected type counts as missing.

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at the given members and positions. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = Reflect.get(here, step)
  }
  return here
}

export const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const texted = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const counted = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

/** JSON, or undefined. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The same value as text with sorted object members: two equal values have equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isObject(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  )
}

/** The parsed data of a stream's events; data that is not JSON (`[DONE]`) is left out. */
export function eventsIn(stream: string): readonly unknown[] {
  return stream
    .replace(/^\uFEFF/, '')
    .split(/\r\n\r\n|\n\n|\r\r/)
    .flatMap((event) => {
      const data = event
        .split(/\r\n|\n|\r/)
        .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : []))
      const value = data.length === 0 ? undefined : parsed(data.join('\n'))
      return value === undefined ? [] : [value]
    })
}
