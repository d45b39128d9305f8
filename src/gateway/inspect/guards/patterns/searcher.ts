// What the patterns guard runs: something that finds the next match, and says how much of a text it is done with.

export interface Span {
  start: number
  end: number
}

/** Texts are folded (../fold.ts). */
export interface Searcher {
  label: string
  /** Reading again for fewer new characters than this is not worth it: what lies open is read each time. */
  stride: number
  /** The leftmost match that begins at or after `position`; whether a span matches depends on at most 2 characters around it. */
  next(text: string, position: number): Span | undefined
  /** The index from which on matches could still begin, grow or vanish. */
  settled(text: string): number
}
