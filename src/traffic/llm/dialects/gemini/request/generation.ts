// The differences between Google's models that affect requests, by model name.
// https://ai.google.dev/gemini-api/docs/thinking

export interface Generation {
  /** The form in which the model accepts reasoning settings; `none`: it refuses them. */
  thinking: 'level' | 'budget' | 'none'
  /** Smallest and largest budget above 0; `canRest`: it accepts 0. */
  budget: { least: number; most: number; canRest: boolean }
  /** Levels that it accepts in addition to LOW and HIGH. */
  levels: { hasMinimal: boolean; hasMedium: boolean }
  /** Refuses calls in the history that have no signature. */
  needsProof: boolean
  /** Accepts media inside a function's result. */
  hasResultMedia: boolean
}

export function generationOf(model: string): Generation {
  const name = model.toLowerCase()
  const isOld =
    /gemini-(?:1\b|2\.0|pro\b|exp)|gemma|learnlm|-(?:image|tts)\b/.test(name) && !/gemini-3/.test(name)
  const isSecond = /gemini-2\.5|gemini-(?:flash|flash-lite)-latest-2/.test(name)
  const isPro = name.includes('pro')
  return {
    thinking: isOld ? 'none' : isSecond ? 'budget' : 'level',
    budget: {
      least: isPro ? 128 : name.includes('lite') ? 512 : 1,
      most: isPro ? 32_768 : 24_576,
      canRest: !isPro,
    },
    // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking: the first Flash and Flash-Lite of
    // the third generation accept all levels
    levels: { hasMinimal: /gemini-3(?:\.[15])?-flash/.test(name), hasMedium: !/gemini-3-pro/.test(name) },
    needsProof: !isOld && !isSecond,
    hasResultMedia: !isOld && !isSecond,
  }
}
