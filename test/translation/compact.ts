// JSON for goldens that people read, as the formatter of the repository leaves it: what fits into a line
// stands in one.

const width = 150

/**
 * @param taken letters that stand in the line already, behind its indent. Members that are undefined are left
 * out.
 */
export function compact(value: unknown, indent = '', taken = 0): string {
  const line = oneLine(value)
  if (indent.length + taken + line.length + 1 <= width || typeof value !== 'object' || value === null)
    return line
  const deeper = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((each) => deeper + compact(each, deeper))
    : membersOf(value).map(
        ([key, each]) => `${deeper}${JSON.stringify(key)}: ${compact(each, deeper, key.length + 4)}`,
      )
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
