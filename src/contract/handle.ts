// Sealed ids for things that live upstream: several tenants share one vendor account, and without a seal they could reach each other's.

export interface Handle {
  /** Key, team or person that owns it. */
  owner: string
  target: string
  /** The upstream's id, or the body of a cursor or request state. */
  inner: string
  expiresAt?: number
}

export interface HandleSeal {
  seal(kind: string, handle: Handle): string
  /** undefined for anything that this installation did not seal, of another kind, or expired. */
  open(kind: string, sealed: string, now: number): Handle | undefined
}
