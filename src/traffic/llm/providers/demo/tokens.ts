// The tokens of demo models: pieces of words, digits and signs, about as long as a tokenizer's. The joined
// pieces are the original text.

const piece = /\s*\p{L}{1,6}|\s*\p{N}{1,3}|\s*[^\s\p{L}\p{N}]|\s+/gu

export const tokensOf = (text: string): string[] => text.match(piece) ?? []

export const countTokens = (text: string): number => tokensOf(text).length
