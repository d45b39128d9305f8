// The values that Anthropic accepts. https://docs.claude.com/en/api/messages

import type { Limits } from '../../../losses/index.ts'

const page = 'https://docs.claude.com/en/api/messages'

/** Anthropic refuses e-mail addresses and phone numbers. */
const opaque = /^(?!.*@)(?!\+?[\d\s().-]{7,20}$)/s

export const limits: Limits = {
  texts: {
    kind: 'texts',
    refusesBlank: true,
    trimsPrefill: true,
    source: 'https://github.com/home-assistant/core/issues/175637',
  },
  'tool-parameters': {
    kind: 'schema',
    refusesCombined: true,
    names: /^[\w.-]{1,64}$/,
    source: 'https://github.com/diegosouzapw/OmniRoute/issues/13552',
  },
  'call-id': { kind: 'id', longest: 64, allowed: /^[\w-]+$/, source: page },
  user: {
    kind: 'id',
    longest: 256,
    allowed: opaque,
    isOpaque: true,
    source: 'https://platform.claude.com/docs/en/api/messages#metadata',
  },
  stop: { kind: 'list', refusesBlank: true, source: 'https://github.com/BerriAI/litellm/issues/3286' },
  temperature: { kind: 'range', least: 0, most: 1, beyond: 'nearest', source: page },
  'top-p': { kind: 'range', least: 0, most: 1, beyond: 'nearest', source: page },
  'top-k': { kind: 'range', least: 0, isWhole: true, beyond: 'nearest', source: page },
  'max-output': { kind: 'range', least: 1, beyond: 'nearest', source: page },
  'image-url': {
    kind: 'url',
    schemes: ['https'],
    source: 'https://docs.claude.com/en/docs/build-with-claude/vision',
  },
  'file-url': {
    kind: 'url',
    schemes: ['https'],
    source: 'https://docs.claude.com/en/docs/build-with-claude/pdf-support',
  },
  image: {
    kind: 'types',
    types: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
    source: 'https://docs.claude.com/en/docs/build-with-claude/vision',
  },
}
