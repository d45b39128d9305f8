// Names of buckets of one budget: `<budget>#<key>:<run>` for a run, and `<budget>#=<value>` for a value that
// the budget counts separately.

/** `<budget>#<key>:<run>` → `<budget>#<key>:` */
export function runScope(bucket: string): string {
  const mark = bucket.indexOf('#')
  const end = bucket.indexOf(':', mark)
  return end === -1 ? bucket.slice(0, mark + 1) : bucket.slice(0, end + 1)
}

/** The budget without its run. */
export function withoutRun(bucket: string): string {
  const mark = bucket.indexOf('#')
  return mark === -1 ? bucket : bucket.slice(0, mark)
}

export const isOfRun = (bucket: string): boolean => bucket.includes('#') && !isOfValue(bucket)

export const isOfValue = (bucket: string): boolean => bucket.includes('#=')

/** The range of the values of one budget: the first name, and the name after the last one. */
export const valueScope = (bucket: string): [string, string] => [
  `${withoutRun(bucket)}#=`,
  `${withoutRun(bucket)}#>`,
]
