// Text from elsewhere made safe to print: model names come from callers, and a terminal obeys control characters.

/** Control characters, and the marks that reorder or hide text (Unicode TR 36), become visible escapes. */
export const plain = (text: string): string => text.replaceAll(unsafe, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu
