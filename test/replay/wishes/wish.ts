// The content and settings of a request, independent of vendor formats.

export interface Wish {
  system: string
  /** In order; neighbors of the same role and kind are joined. */
  said: readonly Said[]
  tools: readonly string[]
  settings: Settings
}

export interface Said {
  role: 'user' | 'assistant'
  kind: 'text' | 'call' | 'result' | 'media'
  text: string
}

export interface Settings {
  maxTokens?: number
  temperature?: number
  topP?: number
  stop?: readonly string[]
  schema?: string
}

/**
 * Consecutive texts of one role are one text, because each dialect divides them differently into parts and
 * messages.
 */
export function joined(all: readonly Said[]): Said[] {
  const out: Said[] = []
  for (const one of all) {
    const last = out.at(-1)
    // the text that a chat provider gets in place of a tool's media, which follows in a user message
    if (one.kind === 'text' && (one.text.trim() === '' || /^Result of tool call \S+:$/.test(one.text)))
      continue
    if (last && last.role === one.role && last.kind === 'text' && one.kind === 'text')
      out[out.length - 1] = { ...last, text: `${last.text}\n${one.text}` }
    else out.push(one)
  }
  return out
}
