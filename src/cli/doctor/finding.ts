// What a probe of `gatehouse doctor` found.

export interface Finding {
  probe: string
  verdict: 'ok' | 'warning' | 'problem' | 'not checked'
  /** What was found, with the value, and the fix if there is something to fix. */
  detail: string
}
