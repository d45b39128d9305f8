// What changes the rates of a call: its tier, faster inference, and inference that stays in one region.
// https://platform.claude.com/docs/en/about-claude/pricing,
// https://platform.claude.com/docs/en/build-with-claude/fast-mode

export interface Terms {
  tier: string | undefined
  speed: string | undefined
  geo: string | undefined
}

/** Of a request or of an answer: they name them alike. @param tier as read by wire/tier.ts */
export const termsOf = ({ tier, speed, geo }: Terms): readonly string[] => [
  ...(tier === undefined ? [] : [tier]),
  ...(speed === undefined || speed === 'standard' ? [] : [word(speed)]),
  ...(geo === undefined || anywhere.has(geo) ? [] : [`geo-${word(geo)}`]),
]

/** `not_available`: models that are too old to have a region. */
const anywhere: ReadonlySet<string> = new Set(['global', 'not_available'])

const word = (text: string) => text.toLowerCase().slice(0, 24)
