// Makes foreign text safe to print: model names come from callers, and terminals execute control characters.

/**
 * Control characters, and the format characters that reorder or hide text (Unicode TR 36), become visible
 * escapes.
 */
export const plain = (text: string): string =>
  text.replaceAll(unsafe, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
