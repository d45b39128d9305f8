// Matches names against the catalog's patterns.
//
// A star at the end matches snapshots of the same model (a date, "-latest", "-preview"), never a later or
// another model: "claude-sonnet-5*" is not "claude-sonnet-5-5", and "gemini-3.7-flash*" is not
// "gemini-3.7-flash-lite". A model without a matching pattern has no price, which is safe.

/** Stars are only at the ends, and digits only after a fixed start, so matching takes linear time. */
export function matches(pattern: string, name: string): boolean {
  const isOpenLeft = pattern.startsWith('*')
  const isOpenRight = pattern.endsWith('*')
  const body = pattern.slice(isOpenLeft ? 1 : 0, isOpenRight ? -1 : undefined)
  if (isOpenLeft) {
    if (!isOpenRight) return name.endsWith(body)
    const at = name.indexOf(body)
    return at >= 0 && isSnapshot(body, name.slice(at + body.length))
  }
  if (isOpenRight ? name.length < body.length : name.length !== body.length) return false
  const begins = body.includes('#') ? startsWithDigits(name, body) : name.startsWith(body)
  return begins && (!isOpenRight || isSnapshot(body, name.slice(body.length)))
}

const part = String.raw`(?:\d{3,8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{2}(?:\d{2})?|latest|preview|exp|experimental|beta|stable|instruct|it|v\d{1,2}(?::\d{1,2})?)`
const snapshot = new RegExp(`^(?:[-@:_.]${part})*$`)
/** After "…-" or within a date: "gpt-5-nano-" + "2025-08-07", "claude-sonnet-4-2025" + "0514". */
const restOfSnapshot = new RegExp(`^(?:${part}|\\d{1,4}(?:-\\d{2}){0,2})(?:[-@:_.]${part})*$`)
/** Customers name their own fine-tuned models. */
const isFineTuned = (body: string) => body.startsWith('ft:') || body.includes('.ft-')

function isSnapshot(body: string, rest: string): boolean {
  if (rest === '' || isFineTuned(body)) return true
  return (/(?:[-@:]|-0|\d{4})$/.test(body) ? restOfSnapshot : snapshot).test(rest)
}

function startsWithDigits(name: string, body: string): boolean {
  for (let index = 0; index < body.length; index += 1) {
    const wanted = body[index]
    const found = name[index] ?? ''
    if (wanted === '#' ? found < '0' || found > '9' : found !== wanted) return false
  }
  return true
}
