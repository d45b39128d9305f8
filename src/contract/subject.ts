// Who is calling, resolved once per call.

export interface Subject {
  /** Id of the key, e.g. `ci`. Absent: the caller came without one. */
  key?: string
  person?: string
  workload?: string
  /** The team that the caller belongs to. */
  team: string
  /** The team and its ancestors, nearest first. */
  teamPath: readonly string[]
  /** Attribution: team's, then key's tags, then headers that the key allows. */
  tags: Readonly<Record<string, string>>
  /** Claims of a token, when one was presented. */
  claims: Readonly<Record<string, unknown>>
}
