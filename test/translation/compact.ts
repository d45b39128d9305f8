// JSON for goldens that people read: what fits into a line stands in one.

const width = 150

/** @param taken letters that stand in the line already, behind its indent */
export function compact(value: unknown, indent = '', taken = 0): string {
  const line = oneLine(value)
  if ((indent.length + taken + line.length + 1 <= width && !isBroken(value)) || typeof value !== 'object' || value === null) return line
  const deeper = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((each) => deeper + compact(each, deeper))
    : Object.entries(value).map(([key, each]) => `${deeper}${JSON.stringify(key)}: ${compact(each, deeper, key.length + 4)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`
}

/** The formatter gives every element its line where all of them are lists or objects of several members; so do we, to be left alone by it. */
function isBroken(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const parts: unknown[] = Object.values(value)
  const isTable =
    Array.isArray(value) && parts.length > 1 && parts.every((each) => typeof each === 'object' && each !== null && Object.keys(each).length > 1)
  return isTable || parts.some(isBroken)
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, each]) => each !== undefined)
  return members.length === 0 ? '{}' : `{ ${members.map(([key, each]) => `${JSON.stringify(key)}: ${oneLine(each)}`).join(', ')} }`
}
