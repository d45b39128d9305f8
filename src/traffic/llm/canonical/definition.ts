// What every definition of a canonical field has.

/**
 * What a translation does with a field that the provider's dialect cannot carry. `lost`: the field is a hint;
 * the call goes on, and the loss is named. `refused`: without it the response would mean something else; the
 * call gets a 400 that names it.
 */
export type WhenMissing = 'lost' | 'refused'

export interface FieldDefinition {
  whenMissing: WhenMissing
  /** For docs/reference/losses.md. */
  meaning: string
}
