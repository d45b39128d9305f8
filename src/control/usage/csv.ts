// CSV (RFC 4180) that spreadsheets open as data only.

/**
 * A cell that a spreadsheet would run as a formula gets a leading apostrophe. Plain numbers stay numbers.
 * OWASP: "CSV Injection".
 */
export const toCsv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]|^'|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
