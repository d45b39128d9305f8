// What a request asks for, in no vendor's words.

export interface Wish {
  system: string
  /** In order; neighbors of one role and kind are one. */
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
 * Texts of one role that follow each other are one text: dialects cut them into parts and messages as they
 * like.
 */
export function joined(all: readonly Said[]): Said[] {
  const out: Said[] = []
  for (const one of all) {
    const last = out.at(-1)
    // what a chat provider is told of the media of a tool, which follows in a message of the user
    if (one.kind === 'text' && (one.text.trim() === '' || /^Result of tool call \S+:$/.test(one.text)))
      continue
    if (last && last.role === one.role && last.kind === 'text' && one.kind === 'text')
      out[out.length - 1] = { ...last, text: `${last.text}\n${one.text}` }
    else out.push(one)
  }
  return out
}
