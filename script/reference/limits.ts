// Describes a limit on values for the documentation.

import type { Limit, RangeLimit } from '../../src/traffic/llm/losses/index.ts'

const list = (...parts: readonly (string | false)[]): string =>
  parts.filter((part) => part !== false).join(', ')

const beyond: Readonly<Record<RangeLimit['beyond'], string>> = {
  nearest: 'else the nearest, and the loss is named',
  fold: 'else a substitute, always the same one',
  refuse: 'else refused',
}

export function describeLimit(limit: Limit): string {
  return limitText(limit).replaceAll('|', '\\|')
}

function limitText(limit: Limit): string {
  switch (limit.kind) {
    case 'id':
      return `at most ${limit.longest} characters${limit.allowed ? ` like \`${limit.allowed.source}\`` : ''}, else a substitute`
    case 'range':
      return list(
        limit.least !== undefined && `at least ${limit.least}`,
        limit.most !== undefined && `at most ${limit.most}`,
        beyond[limit.beyond],
      )
    case 'list':
      return list(
        limit.most !== undefined && `at most ${limit.most}`,
        limit.refusesBlank === true && 'none with only whitespace',
      )
    case 'pairs':
      return `${limit.most} pairs, names of ${limit.longestName} and values of ${limit.longestValue} characters; the rest is lost`
    case 'url':
      return `${limit.schemes.join(', ')} only`
    case 'mention':
      return `the conversation must mention it; else the instruction "${limit.instruction}" is added`
    case 'words':
      return limit.words.join(', ')
    case 'types':
      return limit.types.join(', ')
    case 'schema':
      return list(
        'of an object',
        limit.refusesCombined && 'no alternatives at the top',
        limit.names !== undefined && `names of arguments like \`${limit.names.source}\``,
      )
    case 'text':
      return `${limit.longest} characters; the rest moves to the instructions`
    default:
      return list(
        limit.refusesBlank ? 'texts with only whitespace are left out' : 'empty texts are left out',
        limit.trimsPrefill && 'whitespace at the end of a prefill is cut',
      )
  }
}
