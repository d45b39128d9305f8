// Leaves out what was not told: `undefined` is no value of the canonical form.

type Told<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> }

export function omitUndefined<Members extends object>(members: Members): Told<Members> {
  const kept: Told<Members> = {}
  for (const key in members) {
    const value = members[key]
    if (isDefined(value)) kept[key] = value
  }
  return kept
}

function isDefined<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined
}
