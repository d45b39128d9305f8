// The dialects: the one list of their names. Types and tests derive from it; a new dialect is one more name
// here and one more folder of dialects/.

/** Dialects of text generation. */
export const generateDialects = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const
/** Dialects of embeddings. */
export const embedDialects = ['openai-embeddings', 'gemini-embeddings'] as const
export const dialects = [...generateDialects, ...embedDialects] as const

export type GenerateDialect = (typeof generateDialects)[number]
export type EmbedDialect = (typeof embedDialects)[number]
/** A wire format of an LLM API. Each is of one family of operations: text generation or embeddings. */
export type Dialect = (typeof dialects)[number]

/** The dialect of a name that a client gives back to us, if it is one. */
export const generateDialectOf = (name: unknown): GenerateDialect | undefined =>
  generateDialects.find((known) => known === name)
