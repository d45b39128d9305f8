// Readable JSON for goldens, in the format of the repository's formatter: a value that fits into one line is
// one line.

const width = 110

/**
 * Writes the value as JSON. Leaves out members that are undefined.
 * @param taken the number of characters in the line after its indent, with the comma that may follow
 */
export function compact(value: unknown, indent = '', taken = 0): string {
  const line = oneLine(value)
  if (indent.length + taken + line.length <= width || typeof value !== 'object' || value === null) return line
  const deeper = `${indent}  `
  const comma = (index: number, length: number) => (index < length - 1 ? 1 : 0)
  const parts = Array.isArray(value)
    ? value.map((each, index) => deeper + compact(each, deeper, comma(index, value.length)))
    : membersOf(value).map(([key, each], index, { length }) => {
        const name = `${JSON.stringify(key)}: `
        return deeper + name + compact(each, deeper, name.length + comma(index, length))
      })
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`
}

const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, each]) => each !== undefined)

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = membersOf(value).map(([key, each]) => `${JSON.stringify(key)}: ${oneLine(each)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
