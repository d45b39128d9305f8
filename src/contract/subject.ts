// The caller of a call, resolved once.

export interface Subject {
  /** Id of the key, e.g. `ci`. Absent: the caller has no key. */
  key?: string
  person?: string
  workload?: string
  /** The team that the caller belongs to. */
  team: string
  /** The team and its ancestors, nearest first. */
  teamPath: readonly string[]
  /** For attribution: the team's tags, then the key's, then the headers that the key allows. */
  tags: Readonly<Record<string, string>>
  /** Claims of the caller's token, if there is one. */
  claims: Readonly<Record<string, unknown>>
}
