// Turns the configuration of a LiteLLM proxy into one of Gatehouse. Every setting of the file is carried or
// named in a note. https://docs.litellm.ai/docs/proxy/config_settings
//
// - A deployment of `model_list` becomes a target. Deployments with the same account become one provider.
// - Deployments with one `model_name` become a model with several targets.
// - Fallbacks become further targets of the model, with weight 0 where targets have weights.
// - Secrets stay references: `os.environ/NAME` becomes `${NAME}`. A literal secret is never written: a note
//   names the variable to set.

import { parse } from 'yaml'
import { importedVendors, type ImportedVendor, vendorOfPlainName } from './litellm-vendors.ts'
import { ImportedMap, type ImportNote } from './settings.ts'

export interface Imported {
  /** What to write into gatehouse.yaml. */
  configuration: Record<string, unknown>
  notes: readonly ImportNote[]
}

interface ModelDraft {
  targets: Target[]
  rates: { requests?: string; tokens?: string }
  fallbackOn: Set<string>
  /** Another name of a model, which has the notes already. */
  isAlias?: true
}

interface Target {
  target: string
  weight?: number
  price?: Record<string, number>
  contextWindow?: number
  maxOutputTokens?: number
}

/** @throws Error when the text is not YAML with a map */
export function importLiteLlm(text: string): Imported {
  const parsed: unknown = parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('the file must hold a map, such as "model_list: [...]"')
  return new LiteLlmImport(new ImportedMap(parsed, '')).run()
}

const usualFallbackReasons = ['error', 'timeout', 'rate-limit']
const periods: Readonly<Record<string, string>> = {
  '1h': 'hour',
  '1d': 'day',
  '24h': 'day',
  '7d': 'week',
  '30d': 'month',
  '1mo': 'month',
}
const strategies: Readonly<Record<string, string>> = {
  'simple-shuffle': 'weighted',
  'latency-based-routing': 'fastest',
  'cost-based-routing': 'cheapest',
}

class LiteLlmImport {
  readonly #file: ImportedMap
  readonly #notes: ImportNote[] = []
  /** By their settings as text: two deployments with the same settings share an account. */
  readonly #providers = new Map<string, { name: string; settings: Record<string, unknown> }>()
  readonly #models = new Map<string, ModelDraft>()
  /** The variable of each literal secret. */
  readonly #variables = new Map<string, string>()
  readonly #grants = new Set<string>(['*'])

  constructor(file: ImportedMap) {
    this.#file = file
  }

  run(): Imported {
    for (const deployment of this.#file.maps('model_list')) this.#addDeployment(deployment)
    const library = this.#file.map('litellm_settings')
    const router = this.#file.map('router_settings')
    const general = this.#file.map('general_settings')
    this.#addFallbacks(library, router)
    this.#addAliases(router)
    const configuration = this.#write({ library, router, general })
    this.#noteRest(library, router, general)
    return { configuration, notes: this.#notes }
  }

  #note(path: string, message: string): void {
    this.#notes.push({ path, message })
  }

  #addDeployment(deployment: ImportedMap): void {
    const name = deployment.text('model_name')
    const params = deployment.map('litellm_params')
    const info = deployment.map('model_info')
    const full = params.text('model')
    if (name === undefined || full === undefined) {
      this.#note(deployment.path, 'left out: it needs model_name and litellm_params.model')
      return
    }
    const prefix = full.split('/', 1)[0] ?? ''
    const hasPrefix = full.includes('/')
    const vendorName = params.text('custom_llm_provider') ?? (hasPrefix ? prefix : vendorOfPlainName(full))
    const vendor = importedVendors[vendorName]
    if (!vendor) {
      this.#note(params.pathOf('model'), `left out: Gatehouse has no kind of provider for "${vendorName}"`)
      return
    }
    const model = hasPrefix && prefix === vendorName ? full.slice(prefix.length + 1) : full
    const provider = this.#providerFor(vendor, { params, info, model })
    if (name.includes('*') || model.includes('*')) {
      this.#grants.add(`${provider}/*`)
      const asNamed = name === `${provider}/*` ? '' : `; clients request ${provider}/MODEL instead of ${name}`
      if (asNamed !== '')
        this.#note(deployment.pathOf('model_name'), `the wildcard became a grant for ${provider}/*${asNamed}`)
      return
    }
    const draft = this.#draftOf(name)
    draft.targets.push(this.#targetOf(`${provider}/${model}`, params, info))
    const [requests, tokens] = [params.number('rpm'), params.number('tpm')]
    if (requests !== undefined) draft.rates.requests = `${requests}/min`
    if (tokens !== undefined) draft.rates.tokens = `${tokens}/min`
    for (const left of params.rest())
      this.#note(
        params.pathOf(left),
        leftParameters[left] ??
          'not carried: Gatehouse sends requests with the parameters that the caller set',
      )
    for (const left of info.rest())
      if (!factsOfTheCatalog.has(left)) this.#note(info.pathOf(left), 'not carried')
    for (const left of deployment.rest()) this.#note(deployment.pathOf(left), 'not carried')
  }

  #draftOf(name: string): ModelDraft {
    let draft = this.#models.get(name)
    if (!draft) this.#models.set(name, (draft = { targets: [], rates: {}, fallbackOn: new Set() }))
    return draft
  }

  #targetOf(target: string, params: ImportedMap, info: ImportedMap): Target {
    const rate = (name: string) => {
      const perToken = params.number(name) ?? info.number(name)
      // Floating point: 0.0000025 * 1e6 is not 2.5.
      return perToken === undefined ? undefined : Number((perToken * 1e6).toPrecision(12))
    }
    const [input, output] = [rate('input_cost_per_token'), rate('output_cost_per_token')]
    const cacheRead = rate('cache_read_input_token_cost')
    const cacheWrite = rate('cache_creation_input_token_cost')
    const weight = params.number('weight')
    const contextWindow = info.number('max_input_tokens')
    const maxOutputTokens = info.number('max_output_tokens')
    return {
      target,
      ...(weight !== undefined && { weight }),
      ...(input !== undefined &&
        output !== undefined && {
          price: {
            input,
            output,
            ...(cacheRead !== undefined && { cacheRead }),
            ...(cacheWrite !== undefined && { cacheWrite }),
          },
        }),
      ...(contextWindow !== undefined && { contextWindow }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    }
  }

  /** @returns the name of the provider, which is made if no other deployment has the same account */
  #providerFor(
    vendor: ImportedVendor,
    { params, info, model }: { params: ImportedMap; info: ImportedMap; model: string },
  ): string {
    const base = this.#reference(params, 'api_base') ?? this.#reference(params, 'base_url')
    const isOwnServer = vendor.kind === 'openai' && base !== undefined && !base.includes('api.openai.com')
    const kind = isOwnServer ? 'openai-compatible' : vendor.kind
    const url = base === undefined ? vendor.url : withPath(base, vendor.apiPath)
    const key = this.#secret(params, vendor)
    const timeouts = timeoutsOf(params.number('timeout'), params.number('stream_timeout'))
    const headers = params.value('extra_headers')
    const organization = this.#reference(params, 'organization')
    const apiVersion = this.#reference(params, 'api_version')
    const concurrent = params.number('max_parallel_requests')
    const options = {
      ...(vendor.vendor !== undefined && { vendor: vendor.vendor }),
      ...(kind === 'openai' && organization !== undefined && { organization }),
      ...(kind === 'azure' && apiVersion !== undefined && { apiVersion }),
    }
    const settings: Record<string, unknown> = {
      kind,
      ...(url !== undefined && { url }),
      ...(key !== undefined && { key }),
      ...(typeof headers === 'object' && headers !== null && { headers: referencesIn(headers) }),
      ...(concurrent !== undefined && { capacity: { concurrent } }),
      ...(timeouts && { timeouts }),
      ...(Object.keys(options).length > 0 && { options }),
    }
    const provider = this.#namedProvider(isOwnServer ? 'server' : (vendor.vendor ?? kind), settings)
    const baseModel = info.text('base_model')
    if (kind === 'azure' && baseModel !== undefined) addDeploymentModel(provider.settings, model, baseModel)
    return provider.name
  }

  #namedProvider(plain: string, settings: Record<string, unknown>) {
    const identity = JSON.stringify(settings)
    let provider = this.#providers.get(identity)
    if (!provider) {
      const taken = new Set([...this.#providers.values()].map(({ name }) => name))
      let name = plain
      for (let count = 2; taken.has(name); count += 1) name = `${plain}-${count}`
      // A copy: deployments of Azure are added to it, and the identity must stay.
      this.#providers.set(identity, (provider = { name, settings: structuredClone(settings) }))
    }
    return provider
  }

  /** `os.environ/NAME` → `${NAME}`. */
  #reference(map: ImportedMap, name: string): string | undefined {
    const text = map.text(name)
    return text === undefined ? undefined : referenceOf(text)
  }

  #secret(params: ImportedMap, vendor: ImportedVendor): string | undefined {
    const text = params.text('api_key')
    if (text === undefined || text === '') return vendor.keyVariable && `\${${vendor.keyVariable}}`
    const reference = referenceOf(text)
    if (reference !== text) return reference
    // Servers without a key are often given a word that means nothing.
    if (!vendor.keyVariable && text.length < 12) return undefined
    let variable = this.#variables.get(text)
    if (variable === undefined) {
      variable = `UPSTREAM_KEY_${this.#variables.size + 1}`
      this.#variables.set(text, variable)
    }
    this.#note(
      params.pathOf('api_key'),
      `the secret is not copied: set $${variable} to it in the environment of the gateway`,
    )
    return `\${${variable}}`
  }

  #addAliases(router: ImportedMap): void {
    for (const [alias, value] of router.map('model_group_alias').entries()) {
      const of = typeof value === 'string' ? value : new ImportedMap(value, '').text('model')
      const draft = of === undefined ? undefined : this.#models.get(of)
      if (draft) this.#models.set(alias, { ...structuredClone(draft), isAlias: true })
      else this.#note(`router_settings.model_group_alias.${alias}`, `left out: there is no model "${of}"`)
    }
  }

  #addFallbacks(...sections: ImportedMap[]): void {
    const original = new Map([...this.#models].map(([name, { targets }]) => [name, [...targets]]))
    const add = (path: string, name: string, others: readonly unknown[], reasons: readonly string[]) => {
      const draft = this.#models.get(name)
      if (!draft) {
        this.#note(path, `left out: there is no model "${name}"`)
        return
      }
      for (const other of others) {
        const targets = original.get(String(other))
        if (!targets) this.#note(path, `the fallback "${String(other)}" is left out: there is no such model`)
        for (const target of targets ?? [])
          if (!draft.targets.some((known) => known.target === target.target))
            draft.targets.push({ ...target, weight: 0 })
      }
      for (const reason of reasons) draft.fallbackOn.add(reason)
    }
    for (const section of sections) {
      for (const [setting, reasons] of Object.entries(fallbackSettings)) {
        for (const map of section.maps(setting))
          for (const [name, others] of map.entries())
            add(map.path, name, Array.isArray(others) ? others : [others], reasons)
      }
      const always = section.list('default_fallbacks')
      if (always.length > 0)
        for (const name of this.#models.keys())
          add(
            section.pathOf('default_fallbacks'),
            name,
            always.filter((other) => other !== name),
            usualFallbackReasons,
          )
    }
  }

  #write({ library, router, general }: { library: ImportedMap; router: ImportedMap; general: ImportedMap }) {
    const retries = router.number('num_retries') ?? library.number('num_retries')
    const timeout = router.number('timeout') ?? library.number('request_timeout')
    const inFlight = general.number('global_max_parallel_requests') ?? library.number('max_parallel_requests')
    const budget = this.#budget(library)
    if (general.value('master_key') !== undefined)
      this.#note(
        general.pathOf('master_key'),
        'not copied: $GATEHOUSE_ADMIN_KEY is the key of administrators. LiteLLM keeps the keys of callers in its database: make new ones with "gatehouse keys create"',
      )
    return {
      version: 1,
      admin: { key: '${GATEHOUSE_ADMIN_KEY}' },
      ...(timeout !== undefined && { timeouts: { total: `${timeout}s` } }),
      ...(retries !== undefined && { retry: { attempts: retries + 1 } }),
      ...(inFlight !== undefined && { limits: { inFlight } }),
      providers: Object.fromEntries(
        [...this.#providers.values()].map(({ name, settings }) => [name, settings]),
      ),
      models: this.#writeModels(router),
      teams: { everyone: { allow: { models: [...this.#grants] }, ...(budget && { budgets: [budget] }) } },
    }
  }

  #writeModels(router: ImportedMap): Record<string, unknown> {
    const routing = router.text('routing_strategy') ?? 'simple-shuffle'
    const strategy = strategies[routing] ?? 'weighted'
    if (!strategies[routing])
      this.#note(
        router.pathOf('routing_strategy'),
        `"${routing}" became the strategy weighted, with equal weights where none are set`,
      )
    const models: Record<string, unknown> = {}
    for (const [name, { targets, rates, fallbackOn, isAlias }] of this.#models) {
      const active = targets.filter(({ weight }) => weight !== 0).length
      // Among its own deployments, LiteLLM tries another one after usual failures.
      const reasons = [...new Set([...(active > 1 ? usualFallbackReasons : []), ...fallbackOn])]
      const extra = fallbackOn.size > 0 && { fallbackOn: reasons }
      const [only] = targets
      const isSingle = active === 1
      const limits = isSingle && Object.keys(rates).length > 0 && { limits: rates }
      if (!isSingle && !isAlias && Object.keys(rates).length > 0)
        this.#note(
          `model_list (${name})`,
          'rpm and tpm of several deployments are not carried: set "limits" of their providers, and "weight" of the targets',
        )
      if (targets.length === 1 && only && Object.keys(only).length === 1 && !extra && !limits)
        models[name] = only.target
      else
        models[name] = {
          ...(isSingle ? {} : { strategy }),
          targets: targets.map((target) => (isSingle ? withoutWeight(target) : target)),
          ...extra,
          ...limits,
        }
    }
    return models
  }

  #budget(library: ImportedMap): Record<string, unknown> | undefined {
    const amount = library.number('max_budget')
    const duration = library.text('budget_duration')
    if (amount === undefined) return undefined
    const per = duration === undefined ? 'total' : periods[duration]
    if (per !== undefined) return { amount, per, capsOutput: true }
    this.#note(
      library.pathOf('budget_duration'),
      `the budget counts per month: Gatehouse has no period "${duration}"`,
    )
    return { amount, per: 'month', capsOutput: true }
  }

  #noteRest(...sections: ImportedMap[]): void {
    for (const section of sections)
      for (const name of section.rest()) this.#note(section.pathOf(name), leftSettings[name] ?? 'not carried')
    for (const name of this.#file.rest()) this.#note(name, leftSections[name] ?? 'not carried')
  }
}

const fallbackSettings: Readonly<Record<string, readonly string[]>> = {
  fallbacks: usualFallbackReasons,
  context_window_fallbacks: ['context-window'],
  content_policy_fallbacks: ['content-policy'],
}

/** Gatehouse takes these from its catalog. */
const factsOfTheCatalog = new Set(['mode', 'id', 'max_tokens', 'litellm_provider'])

const leftParameters: Readonly<Record<string, string>> = {
  drop_params: 'not needed: a parameter that a vendor lacks is left out and named in x-gatehouse-losses',
  max_retries: 'not carried for one deployment: set "retry" of the model',
}

const leftSettings: Readonly<Record<string, string>> = {
  drop_params: 'not needed: a parameter that a vendor lacks is left out and named in x-gatehouse-losses',
  set_verbose: 'not needed',
  cache: 'not carried: Gatehouse does not cache responses yet',
  cache_params: 'not carried: Gatehouse does not cache responses yet',
  callbacks: 'not carried: records, usage and /metrics replace callbacks',
  success_callback: 'not carried: records, usage and /metrics replace callbacks',
  failure_callback: 'not carried: records, usage and /metrics replace callbacks',
  database_url: 'not needed: the store is in the data folder',
  redis_host: 'not needed: one gateway keeps its state itself',
  redis_port: 'not needed: one gateway keeps its state itself',
  redis_password: 'not needed: one gateway keeps its state itself',
  allowed_fails: 'not needed: targets that fail are paused by themselves',
  cooldown_time: 'not needed: targets that fail are paused by themselves',
  enable_pre_call_checks:
    'not carried: a target is tried first, and fallbackOn: [context-window] moves on when it refuses',
}

const leftSections: Readonly<Record<string, string>> = {
  environment_variables: 'not carried: set these variables in the environment of the gateway',
  guardrails: 'not carried: write "guards" and "policies" (docs/reference/guards.md)',
  mcp_servers: 'not carried: Gatehouse does not serve MCP yet',
}

const referenceOf = (text: string): string => text.replace(/^os\.environ\/(\w+)$/, '${$1}')

const referencesIn = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, referenceOf(String(value))]))

const withPath = (base: string, path: string | undefined): string => {
  const plain = base.replace(/\/+$/, '')
  return path === undefined || plain.endsWith(path) ? plain : `${plain}${path}`
}

function timeoutsOf(total: number | undefined, firstToken: number | undefined) {
  if (total === undefined && firstToken === undefined) return undefined
  return {
    ...(total !== undefined && { total: `${total}s` }),
    ...(firstToken !== undefined && { firstToken: `${firstToken}s` }),
  }
}

function withoutWeight(target: Target): Target | string {
  const { weight: _weight, ...rest } = target
  return Object.keys(rest).length === 1 ? rest.target : rest
}

function addDeploymentModel(settings: Record<string, unknown>, deployment: string, baseModel: string): void {
  const options = new Map(new ImportedMap(settings['options'], '').entries())
  const known = new Map(new ImportedMap(options.get('deployments'), '').entries())
  known.set(deployment, baseModel.replace(/^azure\//, ''))
  options.set('deployments', Object.fromEntries(known))
  settings['options'] = Object.fromEntries(options)
}
