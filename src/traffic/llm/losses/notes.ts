// The fields that one translation leaves out. They are noted as losses under the client's names, or refused.

import { GatewayError } from '../../../contract/errors.ts'
import type { Loss } from '../../../contract/response.ts'
import type { Dialect } from '../dialect.ts'
import type { WhenMissing } from '../canonical/definition.ts'
import { canonicalFields } from '../fields/canonical-fields.ts'
import type { CanonicalField } from '../fields/canonical-fields.ts'
import { nameOf, supportOf } from '../fields/table.ts'
import type { DialectTable } from '../fields/table.ts'
import type { Limits } from './limits.ts'

/** Headers and records have limited space. */
const longestList = 64

export interface LossNotesOptions {
  /** The client's dialect. */
  front: DialectTable
  /** The provider's dialect. */
  back: DialectTable
  backDialect: Dialect
  /** `provider/model`, for refusals. */
  target: string
}

export class LossNotes {
  /** Grows as the translation goes on. */
  readonly losses: Loss[] = []
  private readonly options: LossNotesOptions

  constructor(options: LossNotesOptions) {
    this.options = options
  }

  /** Does the target's dialect carry the field? For encoders that have an alternative. */
  carries(field: CanonicalField): boolean {
    return supportOf(this.options.back, field) === 'carried'
  }

  get backDialect(): Dialect {
    return this.options.backDialect
  }

  /** The limits on the values of the fields that the target carries. */
  get limits(): Limits {
    return this.options.back.limits ?? {}
  }

  /**
   * The target cannot carry a canonical field of this request. Call it also for a value that a carried field
   * cannot take (a third stop text).
   * @param detail why, for the refusal: `at most 4 are taken`
   * @throws GatewayError `unsupported` when the field is defined as refused
   */
  drop(field: CanonicalField, detail?: string): void {
    const { front, back } = this.options
    const name = nameOf(front, field)
    const support = supportOf(back, field)
    const outcome = support === 'carried' ? canonicalFields[field].whenMissing : support
    if (outcome === 'lost') return this.add({ field: name, side: 'request' })
    throw this.refusal(name, detail)
  }

  /** Notes the loss of a field that is usually refused, in a request where it does not matter. */
  lose(field: CanonicalField): void {
    this.add({ field: nameOf(this.options.front, field), side: 'request' })
  }

  /**
   * Refuses a conversation in a form that the target does not take. @throws GatewayError `unsupported`,
   * always
   */
  refuseConversation(detail: string): never {
    const { rows } = this.options.front
    throw this.refusal(
      ['messages', 'input', 'contents'].find((name) => Object.hasOwn(rows, name)) ?? 'messages',
      detail,
    )
  }

  /**
   * A member of the client's own request that has no canonical form, or not with this value.
   * @param at its path, for the refusal: `messages[3].audio`. Default: its name
   * @throws GatewayError `unsupported` when `fate` is `refused`
   */
  dropOwn(name: string, { fate, at = name }: { fate: WhenMissing; at?: string }): void {
    if (fate === 'lost') return this.add({ field: name, side: 'request' })
    throw this.refusal(at)
  }

  /**
   * A part of the response that the client's dialect cannot express, named as a path of the canonical
   * response (`citation`, `native`). Noted once.
   */
  dropFromResponse(what: string): void {
    this.add({ field: what, side: 'response' })
  }

  private refusal(param: string, detail?: string): GatewayError {
    const { backDialect, target } = this.options
    const what = `"${param}" cannot be carried to "${target}", which speaks ${backDialect}${detail === undefined ? '' : ` (${detail})`}`
    return new GatewayError('unsupported', `${what}; remove it, or choose a target that supports it.`, {
      param,
    })
  }

  private add(loss: Loss): void {
    if (this.losses.length >= longestList) return
    if (this.losses.some(({ field, side }) => field === loss.field && side === loss.side)) return
    this.losses.push(loss)
  }
}
