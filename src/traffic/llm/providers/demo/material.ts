// Finds values for fields in a text: quoted words, names, numbers, and the text after a field's own name.

export interface Material {
  /** Does the text mention a field (`due date` for `due_date`)? */
  mentions(name: string): boolean
  /**
   * Text for a field: a match of the format, the text after the field's name, a quote, a proper name, or the
   * whole text. Each name and quote is used once, in order.
   */
  words(name: string, format: string): string
  /** The next number. Undefined when none is left. */
  number(): number | undefined
  /** The first of the values that the text names. If it names none, the first value. */
  oneOf(values: readonly unknown[]): unknown
}

/** Texts are read up to this length. It is enough for a demonstration, and no pattern below is slow on it. */
const longest = 4000

export function material(whole: string): Material {
  const text = whole.slice(0, longest)
  const low = text.toLowerCase()
  const quoted = [...text.matchAll(/["“”«»`]([^"“”«»`\n]{1,200})["“”«»`]/g)].map((match) => match[1] ?? '')
  const names = properNames(text)
  const numbers = (text.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number)

  /** A word, or all text in quotes. */
  function behind(field: string): string | undefined {
    const match = new RegExp(
      `\\b${field}\\b\\s{0,2}(?:is|=|:|named|called)?\\s{0,2}(?:["“\`]([^"“”\`\\n]{1,200})["”\`]|([\\p{L}\\p{N}][\\p{L}\\p{N}._@/+-]*))`,
      'iu',
    ).exec(text)
    return match?.[1] ?? match?.[2]?.replace(/[.,]+$/, '')
  }

  return {
    mentions: (name) => low.includes(spoken(name)),
    words(name, format) {
      const wanted = formats[format] ?? formats[name.toLowerCase()]
      if (wanted) return text.match(wanted.shape)?.[0] ?? wanted.otherwise
      const field = spoken(name)
      const named = /^[\p{L}\p{N} ]{1,60}$/u.test(field) ? behind(field) : undefined
      return named ?? quoted.shift() ?? names.shift() ?? text.trim()
    },
    number: () => numbers.shift(),
    oneOf: (values) =>
      values.find(
        (value) => typeof value === 'string' && value !== '' && low.includes(value.toLowerCase()),
      ) ??
      values[0] ??
      null,
  }
}

/** Consecutive words with a capital inside of a sentence, joined: `San Francisco`, `Boston`. */
export function properNames(text: string): string[] {
  const found = [
    ...text.matchAll(/(?<![.!?:"“]\s{0,2}|^\s{0,2})\b\p{Lu}[\p{L}\p{N}'-]+(?:\s\p{Lu}[\p{L}\p{N}'-]+)*/gu),
  ].map((match) => match[0])
  return [...new Set(found)].slice(0, 16)
}

/** `dueDate`, `due_date` → `due date` */
const spoken = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()

/** Formats of JSON Schema, and field names that imply one. */
const formats: Readonly<Record<string, { shape: RegExp; otherwise: string }>> = {
  email: { shape: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/, otherwise: 'someone@example.com' },
  uri: { shape: /https?:\/\/[^\s"'<>]+/, otherwise: 'https://example.com/' },
  url: { shape: /https?:\/\/[^\s"'<>]+/, otherwise: 'https://example.com/' },
  date: { shape: /\d{4}-\d{2}-\d{2}/, otherwise: '2026-01-01' },
  'date-time': {
    shape: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?/,
    otherwise: '2026-01-01T00:00:00Z',
  },
  time: { shape: /\d{2}:\d{2}(?::\d{2})?/, otherwise: '12:00:00' },
  uuid: {
    shape: /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i,
    otherwise: '00000000-0000-4000-8000-000000000000',
  },
}
