// Each common mistake is reported with its place and its fix.

import { describe, expect, test } from 'bun:test'
import { compileText, environment } from './compiling.ts'

/** Replaces the line with the same beginning, or is added at the end. */
const base = `version: 1
providers:
  openai: { kind: openai, key: "\${OPENAI_API_KEY}" }
models:
  fast: openai/gpt-5-mini
teams:
  all: { allow: { models: ["*"] } }
keys:
  ci: { team: all, secret: "\${CI_KEY}" }
`
const lines = base.split('\n').length - 1

interface Mistake {
  what: string
  /** Replaces the line with the same number. `+` means appended. */
  line: number | '+'
  text: string
  at?: [line: number, column: number]
  message: RegExp
  fix: RegExp
  severity?: 'warning'
}
const end = lines + 1
const mistakes: readonly Mistake[] = [
  {
    what: 'an unknown key at the top',
    line: '+',
    text: 'modles: {}',
    at: [end, 1],
    message: /"modles" is not known here/,
    fix: /did you mean "models"/,
  },
  {
    what: 'tools without a module',
    line: '+',
    text: 'mcpServers: {}',
    at: [end, 1],
    message: /this build has no module for "mcpServers"/,
    fix: /this build supports models/,
  },
  {
    what: 'agents',
    line: '+',
    text: 'agents: {}',
    at: [end, 1],
    message: /no module for "agents"/,
    fix: /supports models/,
  },
  {
    what: 'a store',
    line: '+',
    text: 'store: postgres://x',
    at: [end, 1],
    message: /not supported yet/,
    fix: /embedded/,
  },
  {
    what: 'counters',
    line: '+',
    text: 'counters: valkey://x',
    message: /not supported yet/,
    fix: /one node/,
  },
  {
    what: 'another version',
    line: 1,
    text: 'version: 2',
    at: [1, 10],
    message: /version is not 1/,
    fix: /version: 1/,
  },
  { what: 'no version', line: 1, text: '# nothing', message: /version is not 1/, fix: /version: 1/ },
  { what: 'no YAML', line: 5, text: '  fast: [openai/gpt-5-mini', message: /not YAML/, fix: /brackets/ },
  {
    what: 'a key twice',
    line: '+',
    text: 'version: 1',
    at: [end, 1],
    message: /this map has the same key twice/,
    fix: /keep one/,
  },
  {
    what: 'an unknown key of a provider',
    line: 3,
    text: '  openai: { kind: openai, kye: x }',
    at: [3, 27],
    message: /"kye" is not known here/,
    fix: /did you mean "key"/,
  },
  {
    what: 'an unknown kind of provider',
    line: 3,
    text: '  openai: { kind: opneai }',
    at: [3, 19],
    message: /no kind of provider "opneai"/,
    fix: /did you mean "openai"/,
  },
  {
    what: 'no kind',
    line: 3,
    text: '  openai: { key: abcdefgh }',
    at: [3, 11],
    message: /it is missing/,
    fix: /text/,
  },
  {
    what: 'no url',
    line: 3,
    text: '  openai: { kind: openai-compatible }',
    at: [3, 3],
    message: /needs a url/,
    fix: /base URL/,
  },
  {
    what: 'no address of a vendor whose customers have their own',
    line: 3,
    text: '  openai: { kind: azure }',
    at: [3, 3],
    message: /kind "azure" needs a url/,
    fix: /"\$\{AZURE_OPENAI_ENDPOINT\}"/,
  },
  {
    what: 'the address of a deployment',
    line: 3,
    text: '  openai: { kind: azure, url: "https://r.openai.azure.com/openai/deployments/chat" }',
    at: [3, 31],
    message: /the url names a deployment/,
    fix: /azure\/DEPLOYMENT/,
  },
  {
    what: 'the address of an operation',
    line: 3,
    text: '  openai: { kind: azure, url: "https://r.openai.azure.com/openai/v1/responses/" }',
    message: /the url names an operation/,
    fix: /RESOURCE/,
  },
  {
    what: 'a base URL with the version that paths begin with',
    line: 3,
    text: '  openai: { kind: anthropic, url: "https://api.anthropic.com/v1", key: k }',
    at: [3, 35],
    message: /the url ends in \/v1, which the paths of this kind begin with/,
    fix: /leave \/v1 out/,
    severity: 'warning',
  },
  {
    what: 'a dated version of an API without versions',
    line: 3,
    text: '  openai: { kind: azure, url: "https://r.openai.azure.com/openai/v1", options: { apiVersion: 2024-10-21 } }',
    at: [3, 80],
    message: /"apiVersion: 2024-10-21" is of the older addresses/,
    fix: /leave apiVersion out/,
  },
  {
    what: 'an address that needs a version',
    line: 3,
    text: '  openai: { kind: azure, url: "https://r.services.ai.azure.com/models" }',
    message: /needs an apiVersion/,
    fix: /2024-05-01-preview/,
  },
  {
    what: 'a version that is none',
    line: 3,
    text: '  openai: { kind: azure, url: "https://r.openai.azure.com", options: { apiVersion: latest } }',
    message: /"latest" is not a version of Azure/,
    fix: /a date like 2024-10-21/,
  },
  {
    what: 'a tenant that leads elsewhere',
    line: 3,
    text: '  openai: { kind: azure, url: "https://r.openai.azure.com", credential: { kind: entra-client-secret, tenantId: ../x, clientId: a, clientSecret: bbbbbbbb } }',
    message: /a tenant is an id or a domain/,
    fix: /contoso/,
  },
  {
    what: 'a broken url',
    line: 3,
    text: '  openai: { kind: openai, url: nowhere }',
    at: [3, 32],
    message: /"nowhere" is not a URL/,
    fix: /scheme/,
  },
  {
    what: 'a scheme',
    line: 3,
    text: '  openai: { kind: openai, url: "file:///etc/passwd" }',
    message: /the scheme "file:" is not supported/,
    fix: /https/,
  },
  {
    what: 'a secret in a URL',
    line: 3,
    text: '  openai: { kind: openai, url: "https://me:pw@x.example/v1" }',
    message: /contains a user or a password/,
    fix: /credential/,
  },
  {
    what: 'a key in a query',
    line: 3,
    text: '  openai: { kind: openai, url: "https://x.example/v1?key=1" }',
    message: /query/,
    fix: /credential/,
  },
  {
    what: 'a secret in a header',
    line: 3,
    text: '  openai: { kind: openai, headers: { Authorization: x } }',
    message: /carries a secret/,
    fix: /credential/,
  },
  {
    what: 'an unset variable',
    line: 3,
    text: '  openai: { kind: openai, key: "${NOT_SET}" }',
    at: [3, 32],
    message: /NOT_SET is not set/,
    fix: /\$\{NOT_SET:-\}/,
  },
  {
    what: 'an unset variable in plain text',
    line: 3,
    text: '  openai: { kind: openai, url: "https://${HOST}/v1" }',
    at: [3, 32],
    message: /HOST is not set/,
    fix: /default/,
  },
  {
    what: 'half a reference',
    line: 3,
    text: '  openai: { kind: openai, url: "https://${HOST/v1" }',
    message: /without an end/,
    fix: /\$\$\{/,
  },
  {
    what: 'a secret of two parts',
    line: 3,
    text: '  openai: { kind: openai, key: "Bearer ${OPENAI_API_KEY}" }',
    message: /one whole reference/,
    fix: /only "\$\{NAME\}"/,
  },
  {
    what: 'key and credential',
    line: 3,
    text: '  openai: { kind: openai, key: abc, credential: { kind: none } }',
    message: /either a key or a credential/,
    fix: /remove/,
  },
  {
    what: 'an unknown credential',
    line: 3,
    text: '  openai: { kind: openai, credential: { kind: baerer } }',
    at: [3, 47],
    message: /no kind of credential "baerer"/,
    fix: /"bearer"/,
  },
  {
    what: 'a credential without its setting',
    line: 3,
    text: '  openai: { kind: openai, credential: { kind: aws-sigv4, accessKeyId: a, secretAccessKey: b } }',
    message: /it is missing/,
    fix: /text/,
  },
  {
    what: 'an unknown option of a kind',
    line: 3,
    text: '  openai: { kind: openai, options: { projct: x } }',
    at: [3, 38],
    message: /"projct" is not known here/,
    fix: /"project"/,
  },
  {
    what: 'a name with a slash',
    line: 5,
    text: '  fast/er: openai/gpt-5-mini',
    at: [5, 3],
    message: /"fast\/er" cannot be a name/,
    fix: /a slash separates/,
  },
  {
    what: 'a target without a slash',
    line: 5,
    text: '  fast: gpt-5-mini',
    at: [5, 9],
    message: /"gpt-5-mini" is not a target/,
    fix: /provider\/model/,
  },
  {
    what: 'an unknown provider',
    line: 5,
    text: '  fast: opena/gpt-5-mini',
    at: [5, 9],
    message: /no provider "opena"/,
    fix: /did you mean "openai\/gpt-5-mini"/,
  },
  {
    what: 'an unknown strategy',
    line: 5,
    text: '  fast: { strategy: frist, targets: [openai/gpt-5-mini] }',
    at: [5, 21],
    message: /no strategy "frist"/,
    fix: /"first"/,
  },
  {
    what: 'an unknown strategy',
    line: 5,
    text: '  fast: { strategy: cheepest, targets: [openai/gpt-5-mini] }',
    message: /no strategy "cheepest"/,
    fix: /did you mean "cheapest"/,
  },
  {
    what: 'no targets',
    line: 5,
    text: '  fast: { targets: [] }',
    message: /needs a target/,
    fix: /at least one/,
  },
  {
    what: 'a target twice',
    line: 5,
    text: '  fast: { targets: [openai/a, openai/a] }',
    at: [5, 31],
    message: /is listed twice/,
    fix: /weight/,
  },
  {
    what: 'weights of zero',
    line: 5,
    text: '  fast: { strategy: weighted, targets: [{ target: openai/a, weight: 0 }] }',
    message: /every weight is 0/,
    fix: /above 0/,
  },
  {
    what: 'an unknown trigger',
    line: 5,
    text: '  fast: { targets: [openai/a], fallbackOn: [timeuot] }',
    at: [5, 45],
    message: /"timeuot" is none of/,
    fix: /"timeout"/,
  },
  {
    what: 'a duration without a unit',
    line: 5,
    text: '  fast: { targets: [openai/a], retry: { within: 20 } }',
    at: [5, 49],
    message: /"20" is not a duration/,
    fix: /20s/,
  },
  {
    what: 'too many attempts',
    line: 5,
    text: '  fast: { targets: [openai/a], retry: { attempts: 99 } }',
    message: /./,
    fix: /at most 10/,
  },
  {
    what: 'a negative price',
    line: 5,
    text: '  fast: { targets: [{ target: openai/a, price: { input: -1, output: 1 } }] }',
    at: [5, 57],
    message: /"-1" is not an amount/,
    fix: /0\.25/,
  },
  {
    what: 'half a price',
    line: 5,
    text: '  fast: { targets: [{ target: openai/a, price: { input: 1 } }] }',
    message: /missing|does not fit/,
    fix: /text|number/,
  },
  {
    what: 'an unknown parent',
    line: 7,
    text: '  all: { parent: al, allow: { models: ["*"] } }',
    at: [7, 18],
    message: /no team "al"/,
    fix: /did you mean "all"/,
  },
  {
    what: 'a circle of teams',
    line: 7,
    text: '  all: { parent: b }\n  b: { parent: all }',
    message: /its own ancestor/,
    fix: /parent of one of these teams/,
  },
  {
    what: 'grants of things that are not served',
    line: 7,
    text: '  all: { allow: { models: ["*"], prompts: ["github/*"] } }',
    at: [7, 34],
    message: /"prompts" is not known here/,
    fix: /keys here: models, tools, agents/,
  },
  {
    what: 'a grant of nothing',
    line: 7,
    text: '  all: { allow: { models: [fats] } }',
    at: [7, 28],
    message: /"fats" matches no model/,
    fix: /fast/,
    severity: 'warning',
  },
  {
    what: 'a pattern with a blank',
    line: 7,
    text: '  all: { allow: { models: ["openai /x"] } }',
    message: /is not a pattern/,
    fix: /openai\/\*/,
  },
  {
    what: 'a broken rate',
    line: 7,
    text: '  all: { limits: { requests: 600 per min } }',
    at: [7, 30],
    message: /is not a rate/,
    fix: /600\/min/,
  },
  {
    what: 'a budget without a period',
    line: 7,
    text: '  all: { budgets: [{ amount: 5 }] }',
    message: /missing/,
    fix: /month/,
  },
  {
    what: 'a broken amount',
    line: 7,
    text: '  all: { budgets: [{ amount: lots, per: month }] }',
    at: [7, 30],
    message: /"lots" is not an amount/,
    fix: /12\.5/,
  },
  {
    what: 'a budget of nothing',
    line: 7,
    text: '  all: { budgets: [{ amount: 0, per: month }] }',
    message: /above zero/,
    fix: /500/,
  },
  {
    what: 'an unknown period',
    line: 7,
    text: '  all: { budgets: [{ amount: 5, per: mouth }] }',
    message: /"mouth" is none of/,
    fix: /"month"/,
  },
  {
    what: 'an unknown zone',
    line: 7,
    text: '  all: { budgets: [{ amount: 5, per: day, zone: Berlin }] }',
    message: /"Berlin" is not a time zone/,
    fix: /Europe\/Berlin/,
  },
  {
    what: 'a budget twice',
    line: 7,
    text: '  all: { budgets: [{ amount: 5, per: day }, { amount: 6, per: day }] }',
    at: [7, 45],
    message: /already a budget in usd per day/,
    fix: /keep one/,
  },
  {
    what: 'an unknown team of a key',
    line: 9,
    text: '  ci: { team: al, secret: "${CI_KEY}" }',
    at: [9, 15],
    message: /no team "al"/,
    fix: /"all"/,
  },
  {
    what: 'no team of a key',
    line: 9,
    text: '  ci: { secret: "${CI_KEY}" }',
    at: [9, 3],
    message: /neither a team nor a workload/,
    fix: /team/,
  },
  {
    what: 'an unknown workload',
    line: 9,
    text: '  ci: { workload: robot, secret: "${CI_KEY}" }',
    message: /no workload "robot"/,
    fix: /workloads/,
  },
  {
    what: 'a budget per run for each of something',
    line: '+',
    text: 'workloads: { w: { team: all, budgets: [ { amount: 1, per: run, each: person } ] } }',
    message: /"each" does not work with per: run/,
    fix: /use a period/,
  },
  {
    what: 'a person with a slash',
    line: '+',
    text: 'people: { "ann/b": { limits: { requests: 1/min } } }',
    message: /"ann\/b" cannot be a name/,
    fix: /no spaces/,
  },
  {
    what: 'a short secret',
    line: 9,
    text: '  ci: { team: all, secret: hunter2 }',
    at: [9, 28],
    message: /shorter than 16/,
    fix: /openssl/,
  },
  {
    what: 'a secret twice',
    line: 9,
    text: '  ci: { team: all, secret: "${CI_KEY}" }\n  cd: { team: all, secret: "${CI_KEY}" }',
    at: [10, 28],
    message: /key "ci" has the same secret/,
    fix: /its own secret/,
  },
  {
    what: 'a broken date',
    line: 9,
    text: '  ci: { team: all, secret: "${CI_KEY}", expires: soon }',
    message: /"soon" is not a date/,
    fix: /2027-03-01/,
  },
  {
    what: 'an expired key',
    line: 9,
    text: '  ci: { team: all, secret: "${CI_KEY}", expires: 2020-01-01 }',
    message: /has expired/,
    fix: /later/,
    severity: 'warning',
  },
  {
    what: 'a file that is not there',
    line: 9,
    text: '  ci: { team: all, secret: { file: ./no-such } }',
    message: /no-such" cannot be read/,
    fix: /permissions/,
  },
  {
    what: 'a header that is not ours',
    line: 9,
    text: '  ci: { team: all, secret: "${CI_KEY}", tagHeaders: [authorization] }',
    message: /begins with "x-"/,
    fix: /x-cost/,
  },
  {
    what: 'an address to listen on',
    line: '+',
    text: 'listen: 8080',
    message: /8080 does not fit|not an address/,
    fix: /text|host:port/,
  },
  {
    what: 'a port',
    line: '+',
    text: 'listen: 127.0.0.1:99999',
    at: [end, 9],
    message: /not an address to listen on/,
    fix: /host:port/,
  },
  {
    what: 'a proxy',
    line: '+',
    text: 'trustedProxies: [10.0.0.0/99]',
    at: [end, 18],
    message: /neither an address nor a network/,
    fix: /10\.0\.0\.0\/8/,
  },
  {
    what: 'an origin',
    line: '+',
    text: 'cors: { origins: ["https://x.example/"] }',
    message: /is not an origin/,
    fix: /without a path/,
  },
  {
    what: 'a certificate',
    line: '+',
    text: 'tls: { cert: a.pem, key: b.pem }',
    message: /does not exist/,
    fix: /relative/,
  },
  {
    what: 'records for less than a day',
    line: '+',
    text: 'records: { keep: 1h }',
    message: /at least a day/,
    fix: /1d or more/,
  },
  {
    what: 'records for longer than usage',
    line: '+',
    text: 'records: { keep: 2000d }',
    message: /at most 1100 days/,
    fix: /1100d or less/,
  },
  {
    what: 'no time to keep',
    line: '+',
    text: 'responses: { keep: soon }',
    message: /"soon" is not a duration/,
    fix: /24h.*or off/,
  },
  {
    what: 'no time either',
    line: '+',
    text: 'responses: { keep: true }',
    message: /true is not a duration/,
    fix: /or off/,
  },
  {
    what: 'too long a time to keep',
    line: '+',
    text: 'responses: { keep: 91d }',
    message: /more than 90 days/,
    fix: /90d or less/,
  },
  {
    what: 'a share',
    line: '+',
    text: 'responses: { perKey: 0 }',
    message: /"0" is not a size/,
    fix: /32MB/,
  },
  {
    what: 'a flag',
    line: '+',
    text: 'responses: { store: true }',
    message: /"store" is not known here/,
    fix: /storesUpstream/,
  },
  {
    what: 'a size',
    line: '+',
    text: 'limits: { bodyBytes: big }',
    message: /"big" is not a size/,
    fix: /32MB/,
  },
  {
    what: 'an include',
    line: '+',
    text: 'include: [nothing/*.yaml]',
    at: [end, 10],
    message: /matches no file/,
    fix: /relative/,
    severity: 'warning',
  },
  {
    what: 'a section that is a list',
    line: '+',
    text: 'workloads: [ci]',
    message: /not a map of names/,
    fix: /indented/,
  },
  {
    what: 'an unknown kind of guard',
    line: '+',
    text: 'guards: { g: { kind: pi } }',
    at: [end, 22],
    message: /no kind of guard "pi"/,
    fix: /"pii"/,
  },
  {
    what: 'a guard that restores without saying where',
    line: '+',
    text: 'guards: { g: { kind: pii, on: [request], action: restore } }',
    message: /placeholder-in-arguments/,
    fix: /restoreIn: \[arguments\].*restoreIn: \[\]/,
    severity: 'warning',
  },
  {
    what: 'restoreIn of a guard that restores nothing',
    line: '+',
    text: 'guards: { g: { kind: pii, action: redact, restoreIn: [arguments] } }',
    message: /no effect with action: redact/,
    fix: /action: restore/,
  },
  {
    what: 'a place that restoreIn does not know',
    line: '+',
    text: 'guards: { g: { kind: pii, action: restore, restoreIn: [argument] } }',
    message: /argument/,
    fix: /arguments/,
  },
  {
    what: 'a policy that restores without saying where',
    line: '+',
    text: 'guards: { g: { kind: pii } }\npolicies: { p: { when: "true", then: { restore: [pii] } } }',
    message: /placeholder-in-arguments/,
    fix: /restoreIn/,
    severity: 'warning',
  },
  {
    what: 'an option of a guard',
    line: '+',
    text: 'guards: { g: { kind: pii, options: { entities: [emial] } } }',
    message: /"emial" is none of/,
    fix: /"email"/,
  },
  {
    what: 'an action',
    line: '+',
    text: 'guards: { g: { kind: pii, action: mask } }',
    message: /"mask" is none of/,
    fix: /redact/,
  },
  {
    what: 'a typo in CEL',
    line: '+',
    text: 'policies: { p: { when: subject.taem == "x", then: deny } }',
    at: [end, 31],
    message: /"subject.taem" is not known/,
    fix: /subject.team/,
  },
  {
    what: 'a syntax error in CEL',
    line: '+',
    text: 'policies: { p: { when: \'subject.team = "x"\', then: deny } }',
    at: [end, 38],
    message: /single "="/,
    fix: /==/,
  },
  {
    what: 'a label that no guard reports',
    line: '+',
    text: 'guards: { g: { kind: pii } }\npolicies: { p: { when: content.has("pi"), then: deny } }',
    message: /reports "pi"/,
    fix: /"pii"/,
  },
  {
    what: 'a label without guards',
    line: '+',
    text: 'policies: { p: { when: content.has("pii"), then: deny } }',
    message: /no guard that reads the request reports "pii"/,
    fix: /add a guard/,
  },
  {
    what: 'a label to redact',
    line: '+',
    text: 'guards: { g: { kind: pii } }\npolicies: { p: { when: "true", then: { redact: [pii/emial] } } }',
    message: /reports "pii\/emial"/,
    fix: /pii\/email/,
  },
  {
    what: 'no effect',
    line: '+',
    text: 'policies: { p: { when: "true", then: {} } }',
    message: /exactly one effect/,
    fix: /deny, ask, only/,
  },
  {
    what: 'two effects',
    line: '+',
    text: 'policies: { p: { when: "true", then: { deny: true, flag: true } } }',
    message: /exactly one effect/,
    fix: /second policy/,
  },
  {
    what: 'an unknown effect',
    line: '+',
    text: 'policies: { p: { when: "true", then: { aks: true } } }',
    message: /"aks" is not known here/,
    fix: /ask/,
  },
  {
    what: 'only nothing',
    line: '+',
    text: 'policies: { p: { when: "true", then: { only: [insde/*] } } }',
    at: [end, 47],
    message: /"insde\/\*" matches no target/,
    fix: /openai/,
  },
  {
    what: 'only with a trait that no target has',
    line: '+',
    text: 'policies: { p: { when: "true", then: { only: { traits: [eu] } } } }',
    message: /all of the traits eu/,
    fix: /traits/,
  },
  {
    what: 'only on the reply',
    line: '+',
    text: 'policies: { p: { when: "true", on: [response], then: { only: [openai/*] } } }',
    message: /only on requests/,
    fix: /request/,
  },
  {
    what: 'the old word for the response',
    line: '+',
    text: 'policies: { p: { when: "true", on: [reply], then: deny } }',
    message: /"reply" is none of request, response/,
    fix: /write "response"; "reply" was renamed/,
  },
  {
    what: 'the old word for dialects',
    line: '+',
    text: 'providers: { own: { kind: openai-compatible, url: "http://localhost:8000/v1", options: { protocols: [openai-chat] } } }',
    message: /"protocols" is not known here/,
    fix: /write "dialects"; "protocols" was renamed/,
  },
  {
    what: 'ask on the response',
    line: '+',
    text: 'policies: { p: { when: "true", on: [request, response], then: ask } }',
    message: /only on requests/,
    fix: /on: \[request\]/,
  },
  {
    what: 'an unknown kind of traffic',
    line: '+',
    text: 'policies: { p: { when: "true", for: [tool], then: deny } }',
    message: /"tool" is none of/,
    fix: /tools/,
  },
  {
    what: 'a scope without traffic',
    line: '+',
    text: 'policies: { p: { when: "true", for: [models], from: [upstream], then: deny } }',
    message: /request of a model call has no text of the upstream/,
    fix: /on: \[response\]/,
  },
  {
    what: 'arguments of a model',
    line: '+',
    text: 'policies: { p: { when: has(operation.arguments.env), then: deny } }',
    message: /model calls have no arguments/,
    fix: /for: \[tools\]/,
  },
  {
    what: 'a label that is read elsewhere',
    line: '+',
    text: 'guards: { g: { kind: pii, for: [tools] } }\npolicies: { p: { when: content.has("pii"), for: [models], then: deny } }',
    message: /no guard .* reports "pii"/,
    fix: /guard/,
  },
  {
    what: 'a test that cannot pass',
    line: '+',
    text: 'policies: { p: { when: "true", then: deny, test: [{ expect: redact }] } }',
    message: /can never get/,
    fix: /"deny" or "none"/,
  },
]

for (const { what, line, text, at, message, fix, severity } of mistakes) {
  test(`${what}: ${text.trim().slice(0, 70)}`, () => {
    const rows = base.trimEnd().split('\n')
    if (line === '+') rows.push(text)
    else rows[line - 1] = text
    const { problems, compiled } = compileText(`${rows.join('\n')}\n`)
    const reported = problems.find((problem) => message.test(problem.message))
    expect(reported, `told: ${JSON.stringify(problems, null, 1)}`).toBeDefined()
    expect(reported?.fix ?? '').toMatch(fix)
    expect(reported?.severity).toBe(severity ?? 'error')
    expect(reported?.file).toBe('gatehouse.yaml')
    expect(reported?.line).toBeGreaterThan(0)
    if (at) expect([reported?.line, reported?.column]).toEqual(at)
    expect(compiled === undefined).toBe(severity !== 'warning')
  })
}

describe('mistakes', () => {
  test('all mistakes are reported at once, in the order of the file', () => {
    const { problems } = compileText(`version: 3
listen: nowhere
providers:
  openai: { kind: opneai }
  other: { kind: openai, url: x }
models:
  fast: opena/x
  slow: { strategy: frist, targets: [other/y] }
teams:
  a: { parent: b }
keys:
  k: { team: c, secret: short }
policies:
  p: { when: 'subjet.team == "x" || content.hsa("y")', then: deny }
whatever: 1
`)
    expect(problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 version',
      '2 listen',
      '4 providers.openai.kind',
      '5 providers.other.url',
      '7 models.fast.targets[0]',
      '8 models.slow.strategy',
      '10 teams.a.parent',
      '12 keys.k.team',
      '12 keys.k.secret',
      '14 policies.p.when',
      '14 policies.p.when',
      '15 whatever',
    ])
  })
  test('a reported mistake never quotes a secret', () => {
    const { problems } = compileText(
      base
        .replace('"${OPENAI_API_KEY}"', 'planted-literal-secret')
        .replace('"${CI_KEY}"', 'planted secret of a caller')
        .replace('fast:', 'fst: fast\n  x:'),
    )
    expect(problems.length).toBeGreaterThan(0)
    expect(JSON.stringify(problems)).not.toContain('planted')
  })
  test('names like __proto__ are reported as unknown names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { problems, compiled } = compileText(
        `version: 1\n${name}: { providers: { x: { kind: demo } } }\nteams: { ${name}: {} }\nmodels: { m: ${name}/x }\n`,
      )
      expect(compiled).toBeUndefined()
      expect(problems.map(({ line }) => line)).toContain(2)
      expect(problems.map(({ line }) => line)).toContain(4)
    }
  })
  test('a configuration without mistakes has no problems', () => {
    expect(compileText(base, environment).problems).toEqual([])
  })
  test('an empty file and a file that is not a configuration are reported', () => {
    expect(compileText('just text').problems[0]?.message).toMatch(/not a map/)
    expect(compileText('').problems[0]?.message).toMatch(/version/)
    expect(compileText('[1, 2]').problems[0]?.message).toMatch(/not a map/)
    expect(compileText('a: &a [*a]').problems.length).toBeGreaterThan(0)
  })
})
