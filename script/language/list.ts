// The words that we avoid, and what to write instead.

export interface Entry {
  use: string
  /** Whole words, in prose and as parts of names. */
  words?: string
  /** Matched in prose (comments, sentences in strings, Markdown) only. */
  prose?: RegExp
  /** Whole words that are avoided as parts of names only. */
  names?: string
  /** Matched only in what users read: messages, guides, reference pages, the README. */
  users?: RegExp
}

export const entries: readonly Entry[] = [
  { words: 'told untold', use: 'reported, sent, set, defined' },
  { words: 'said unsaid', use: 'reported, sent, set, written' },
  { words: 'stand stands stood standing', use: 'is, means (for "stands for")' },
  { words: 'nobody', use: 'no caller, no code' },
  { words: 'whoever whomever', use: 'any caller, the code that' },
  { words: 'beside besides', use: 'next to, in addition to, outside' },
  { words: 'dear dearer dearest', use: 'expensive, highest' },
  { words: 'comfort comforts', use: 'optional, convenience' },
  { words: 'mend mends mended mending', use: 'fix' },
  { words: 'cure cures cured', use: 'fix' },
  { words: 'wish wishes wished', use: 'requested setting, request' },
  { words: 'mostly', use: 'usually' },
  { words: 'hardly', use: 'unlikely, rarely' },
  { words: 'room rooms', use: 'module, capacity, space' },
  { words: 'house houses', use: 'layout, project' },
  { words: 'asker askers', use: 'caller' },
  { words: 'thoughtless unsampled awake forgetful', use: 'a name that says what it does' },
  { words: 'answer answers reply replies', use: 'response (noun), respond or return (verb)' },
  { words: 'worded wording', use: 'written, text' },
  { words: 'retold', use: 'translated, repeated' },
  {
    words: 'lest whence thence hence thereof whereof wherein therein whereby thereby',
    use: 'a plain sentence',
  },
  { words: 'hither hitherto amongst whilst shall ought', use: 'a plain sentence' },
  { names: 'words', use: 'names, values, text' },
  { prose: /\b(?:who|that|which|it|one|dialect|vendor|provider) words\b/i, use: 'writes' },
  { prose: /\b(?:put|puts|come|comes|came)\s+in(?:to)?\s+force\b|\bin\s+force\b/i, use: 'activate, active' },
  { prose: /\bids\s+of\b/i, use: 'a compound: token ids' },
  { prose: /\b(?:of|by)\s+which\b/i, use: 'two sentences' },
  {
    prose:
      /(?<!\b(?:there|here)\s+)\b(?:is|are|was|were)\s+no\s+(?!longer\b|more\b|less\b|different\b|better\b)/i,
    use: 'is not a …, there is no …',
  },
  // "Behind a proxy" is the usual term; "behind" in time is not.
  {
    prose:
      /(?<!\b(?:fall|falls|left|leave|lag|lags|hides|hide|hidden)\s+)\bbehind\b(?!\s+(?:(?:a|an|the|your|its|one)\s+)?(?:\w+[ -])?(?:proxy|proxies|balancer|balancers|firewall|ingress|NAT|VPN|TLS|interface|function|flag|gateway)\b)/i,
    use: 'after',
  },
  // A sentence with "what" or "who" as its subject, first and not as a question. "What the key allows" is fine.
  {
    prose:
      /(?:^|[.;]\s+)(?:what|who|whose)\s(?!(?:to|the|an?|this|that|these|those|each|every|its|our|your|their|all|one|it|we|you|they)\s)(?=[^?]*?(?:[.!;]\s|[.!;]?$))(?![^.!;]*\?)/i,
    use: 'the value that, the caller that',
  },
  { users: /\bdoors?\b/i, use: 'endpoint' },
  { words: 'behaviour behaviours behavioural', use: 'behavior' },
  { words: 'colour colours coloured', use: 'color' },
  { words: 'catalogue catalogues', use: 'catalog' },
  { words: 'honour honours honoured honouring', use: 'honor' },
  { words: 'favour favours favoured favourite', use: 'favor' },
  { words: 'neighbour neighbours neighbouring', use: 'neighbor' },
  { words: 'cancelled cancelling cancellable', use: 'canceled' },
  { words: 'dialled dialling dialler', use: 'dialed' },
  { words: 'labelled labelling', use: 'labeled' },
  { words: 'modelled modelling', use: 'modeled' },
  { words: 'signalled signalling', use: 'signaled' },
  { words: 'travelled travelling', use: 'traveled' },
  { words: 'totalled levelled tunnelled marshalled channelled', use: 'one l' },
  { words: 'grey greyed', use: 'gray' },
  { words: 'centre centres centred', use: 'center' },
  { words: 'metre metres litre litres', use: 'meter, liter' },
  { words: 'licence licences', use: 'license' },
  { words: 'defence defences offence offences', use: 'defense' },
  { words: 'fulfil fulfils fulfilment', use: 'fulfill' },
  { words: 'judgement judgements', use: 'judgment' },
  { words: 'artefact artefacts', use: 'artifact' },
  { words: 'practise practises practised', use: 'practice' },
  { words: 'programme programmes', use: 'program' },
  { words: 'ageing', use: 'aging' },
  { words: 'analyse analysed analysing analyser', use: 'analyze' },
]

/** Verbs that British spelling writes with -ise: `authorise`, `normalisation`. */
const british = new RegExp(
  `^((?:un|re|de|pre|dis)?(?:${[
    'apolog',
    'author',
    'bin?ar',
    'canonical',
    'capital',
    'categor',
    'custom',
    'emphas',
    'equal',
    'external',
    'final',
    'general',
    'initial',
    'internal',
    'local',
    'material',
    'maxim',
    'memor',
    'minim',
    'modern',
    'neutral',
    'normal',
    'optim',
    'organ',
    'parallel',
    'penal',
    'personal',
    'priorit',
    'random',
    'real',
    'recogn',
    'sanit',
    'serial',
    'special',
    'stabil',
    'standard',
    'summar',
    'synchron',
    'token',
    'util',
    'visual',
  ].join('|')}))is(e|es|ed|er|ers|ing|ation|ations|able)$`,
)

/** The American spelling of a word in British spelling with -ise. */
export function americanSpelling(word: string): string | undefined {
  const match = british.exec(word)
  return match ? `${match[1]}iz${match[2]}` : undefined
}
