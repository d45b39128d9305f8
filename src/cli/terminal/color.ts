// Color for a few important words. No meaning depends on it alone.

import type { Terminal } from './terminal.ts'

const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const
export type Color = keyof typeof codes

export const paint = (terminal: Terminal, color: Color, text: string): string =>
  terminal.hasColor ? `\u001b[${codes[color]}m${text}\u001b[0m` : text
