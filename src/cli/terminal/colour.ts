// Colour for the few words that call for attention; nothing depends on it.

import type { Terminal } from './terminal.ts'

const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const
export type Colour = keyof typeof codes

export const paint = (terminal: Terminal, colour: Colour, text: string): string =>
  terminal.hasColor ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text
