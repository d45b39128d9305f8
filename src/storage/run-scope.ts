// Names of buckets below one budget: `<budget>#<key>:<run>` of a run, `<budget>#=<value>` of a value that the
// budget counts apart.

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

/** Values of one budget: from the first name to the one after the last. */
export const valueScope = (bucket: string): [string, string] => [
  `${withoutRun(bucket)}#=`,
  `${withoutRun(bucket)}#>`,
]
