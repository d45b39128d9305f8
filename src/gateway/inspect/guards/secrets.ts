// The guard for credentials: keys and tokens of clouds and vendors, by their documented forms, and private
// keys in PEM.
//
// A form begins with a vendor's prefix (`AKIA`, `ghp_`, `sk-ant-`), or follows the name of a setting
// (`AccountKey=`), and the rest has a known length. So nothing is guessed from randomness, and streams hold
// back at most one word that may still become a credential.

import { z } from 'zod'
import type { GuardKind } from '../guard.ts'
import { classOf, nextRun } from './characters.ts'
import { type Searcher, createSearchDetector } from './search.ts'
import { leastBody, createPrivateKeySearcher } from './secrets/private-key.ts'
import { type Form, createTokenSearcher } from './secrets/token.ts'

const alphanumeric = 'A-Za-z0-9'
const hasDigit = /[0-9]/

/** With links to the vendors' pages. If several forms share a label, each has a row. */
const forms: readonly (readonly [label: string, form: Form])[] = [
  // docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  ['aws-access-key', { prefixes: ['AKIA', 'ASIA'], characters: 'A-Z0-9', length: 16 }],
  [
    'aws-secret-key',
    {
      names: ['aws_secret_access_key', 'AWS_SECRET_ACCESS_KEY', 'SecretAccessKey', 'secretAccessKey'],
      characters: `${alphanumeric}/+`,
      length: 40,
    },
  ],
  // cloud.google.com/docs/authentication: API keys, OAuth access tokens, OAuth client secrets
  ['gcp', { prefixes: ['AIza'], characters: `${alphanumeric}_-`, length: 35 }],
  ['gcp', { prefixes: ['ya29.'], characters: `${alphanumeric}_.-`, length: [30, 1024], accepts: hasDigit }],
  ['gcp', { prefixes: ['GOCSPX-'], characters: `${alphanumeric}_-`, length: 28 }],
  // learn.microsoft.com/purview/sit-defn-azure-storage-account-key, …-service-bus-connection-string, …-sas
  ['azure', { names: ['AccountKey', 'SharedAccessKey'], characters: `${alphanumeric}/+=`, length: [44, 88] }],
  ['azure', { names: ['sig'], characters: `${alphanumeric}%/+=`, length: [44, 88] }],
  // github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats
  [
    'github',
    { prefixes: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], characters: alphanumeric, length: [36, 255] },
  ],
  ['github', { prefixes: ['github_pat_'], characters: `${alphanumeric}_`, length: [59, 255] }],
  // docs.slack.dev/authentication/tokens
  [
    'slack',
    {
      prefixes: [
        'xoxa-',
        'xoxb-',
        'xoxc-',
        'xoxd-',
        'xoxe-',
        'xoxe.',
        'xoxo-',
        'xoxp-',
        'xoxr-',
        'xoxs-',
        'xapp-',
      ],
      characters: `${alphanumeric}.%-`,
      length: [20, 512],
      accepts: hasDigit,
    },
  ],
  ['slack', { prefixes: ['hooks.slack.com/services/'], characters: `${alphanumeric}/`, length: [30, 96] }],
  // `sk-` with only letters and digits is the older form, which many vendors adopted; names in texts
  // (`sk-loading-indicator`) have hyphens
  ['openai', { prefixes: ['sk-'], characters: alphanumeric, length: [32, 256], accepts: hasDigit }],
  [
    'openai',
    {
      prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-or-v1-'],
      characters: `${alphanumeric}_-`,
      length: [32, 256],
      accepts: hasDigit,
    },
  ],
  [
    'anthropic',
    { prefixes: ['sk-ant-'], characters: `${alphanumeric}_-`, length: [32, 256], accepts: hasDigit },
  ],
]

const entities = [...new Set([...forms.map(([name]) => name), 'private-key'])]

const options = z.strictObject({
  entities: z
    .array(z.enum(entities))
    .min(1)
    .optional()
    .describe('The entities to look for, for instance `[github, private-key]`. Default: all.'),
})

export const secrets: GuardKind<z.infer<typeof options>> = {
  kind: 'secrets',
  options,
  labels: (chosen) => (chosen.entities ?? entities).map(labelOf),
  create: (chosen) => createSearchDetector(searchersOf(chosen.entities ?? entities), hasLongRun),
}

/** Prose has no run of characters as long as the shortest credential, so it needs no further search. */
const hasLongRun = (text: string, position: number): boolean =>
  nextRun(text, position, shortest, credentialCharacters) !== -1

const credentialCharacters = classOf('A-Za-z0-9+/=')
for (const [, { characters, prefixes = [] }] of forms) {
  for (const [code, isInside] of classOf(characters).entries()) if (isInside) credentialCharacters[code] = 1
  for (const character of prefixes.join('')) credentialCharacters[character.charCodeAt(0)] = 1
}

const shortest = Math.min(
  leastBody,
  ...forms.map(
    ([, { prefixes = [''], length }]) =>
      Math.min(...prefixes.map((prefix) => prefix.length)) +
      (typeof length === 'number' ? length : length[0]),
  ),
)

const labelOf = (name: string) => `secrets/${name}`

function searchersOf(chosen: readonly string[]): Searcher[] {
  const searchers = forms.flatMap(([name, form]) =>
    chosen.includes(name) ? [createTokenSearcher(labelOf(name), form)] : [],
  )
  return chosen.includes('private-key')
    ? [...searchers, createPrivateKeySearcher(labelOf('private-key'))]
    : searchers
}
