// Runs of one key under one budget: the start of their buckets' names.

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
