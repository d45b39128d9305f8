// A map of an imported file. It notes each member that no code read, so that nothing is left out silently.

export interface ImportNote {
  /** In the imported file: `router_settings.redis_host`. */
  path: string
  message: string
}

export class ImportedMap {
  readonly path: string
  readonly #members: ReadonlyMap<string, unknown>
  readonly #read = new Set<string>()

  constructor(value: unknown, path: string) {
    this.path = path
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    this.#members = new Map(isMap ? Object.entries(value) : [])
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  /** The value as it is. Absent or null: undefined. */
  value(name: string): unknown {
    this.#read.add(name)
    return this.#members.get(name) ?? undefined
  }

  text(name: string): string | undefined {
    const value = this.value(name)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  }

  number(name: string): number | undefined {
    const value = Number(this.value(name) ?? Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }

  map(name: string): ImportedMap {
    return new ImportedMap(this.value(name), this.pathOf(name))
  }

  maps(name: string): ImportedMap[] {
    return this.list(name).map((each, index) => new ImportedMap(each, `${this.pathOf(name)}[${index}]`))
  }

  list(name: string): unknown[] {
    const value = this.value(name)
    return Array.isArray(value) ? value : []
  }

  entries(): [string, unknown][] {
    for (const name of this.#members.keys()) this.#read.add(name)
    return [...this.#members]
  }

  /** Members that were not read. */
  rest(): string[] {
    return [...this.#members]
      .filter(([name, value]) => !this.#read.has(name) && value !== null)
      .map(([name]) => name)
  }
}
