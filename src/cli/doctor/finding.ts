// What a probe of `gatehouse doctor` found.

export interface Finding {
  probe: string
  verdict: 'ok' | 'warning' | 'problem' | 'not checked'
  /** The result, with the value, and the fix if one is needed. */
  detail: string
}
