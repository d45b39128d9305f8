// Matches results to calls. Google's ids are optional. Without ids, results name their function, and results
// of the same function come in the order of its calls.

import { GatewayError } from '../../../../../contract/errors.ts'

export class CallIds {
  private readonly open: { id: string; name: string; isOurs: boolean }[] = []
  private readonly names = new Map<string, string>()

  /** @throws GatewayError `bad-request` for the id of a call that has no result yet */
  call(name: string, id: string | undefined, turn: number, position: number, path: string): string {
    if (id !== undefined && this.open.some((call) => call.id === id)) {
      throw new GatewayError(
        'bad-request',
        `"${path}.id" is also the id of another call; each call needs its own id`,
        { param: `${path}.id` },
      )
    }
    const made = id ?? this.fresh(`call_${turn}_${position}`)
    this.names.set(made, name)
    this.open.push({ id: made, name, isOurs: id === undefined })
    return made
  }

  /** @throws GatewayError `bad-request` for a result without a call */
  result(name: string | undefined, id: string | undefined, path: string): string {
    const byId = id === undefined ? -1 : this.open.findIndex((call) => call.id === id)
    // An id that only the result has belongs to a call without an id.
    const at =
      byId >= 0
        ? byId
        : this.open.findIndex((call) => call.name === name && (id === undefined || call.isOurs))
    const found = this.open[at]
    if (!found)
      throw new GatewayError(
        'bad-request',
        `"${path}" is the result of a call, but no earlier call matches it`,
        { param: path },
      )
    this.open.splice(at, 1)
    return found.id
  }

  private fresh(wanted: string): string {
    let id = wanted
    for (let turn = 1; this.names.has(id); turn += 1) id = `${wanted}_${turn}`
    return id
  }
}
