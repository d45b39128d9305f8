// Tables for people: columns aligned by spaces, numbers to the right, no frames.

import { paint } from './color.ts'
import { plain } from './plain.ts'
import type { Terminal } from './terminal.ts'

export interface Column<Row> {
  head: string
  cell(row: Row): string
  isNumber?: boolean
}

/** @param nothing printed when there are no rows */
export function printTable<Row>(
  terminal: Terminal,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  nothing: string,
): void {
  if (rows.length === 0) return terminal.print(nothing)
  const cells = rows.map((row) => columns.map((column) => plain(column.cell(row))))
  const widths = columns.map((column, index) =>
    Math.max(column.head.length, ...cells.map((row) => Bun.stringWidth(row[index] ?? ''))),
  )
  const line = (texts: readonly string[]) =>
    columns
      .map((column, index) => pad(texts[index] ?? '', widths[index] ?? 0, column.isNumber === true))
      .join('  ')
      .trimEnd()
  terminal.print(paint(terminal, 'bold', line(columns.map((column) => column.head))))
  for (const row of cells) terminal.print(line(row))
}

/** Prints names and values of one thing, one per line. Empty values are left out. */
export function printFields(
  terminal: Terminal,
  fields: readonly (readonly [string, string | undefined])[],
): void {
  const shown = fields.filter(
    (field): field is readonly [string, string] => field[1] !== undefined && field[1] !== '',
  )
  const width = Math.max(...shown.map(([name]) => name.length))
  for (const [name, value] of shown)
    terminal.print(`${paint(terminal, 'dim', name.padEnd(width))}  ${plain(value)}`)
}

function pad(text: string, width: number, isNumber: boolean): string {
  const gap = ' '.repeat(Math.max(0, width - Bun.stringWidth(text)))
  return isNumber ? gap + text : text + gap
}
