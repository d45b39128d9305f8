// Removes members that are undefined: `undefined` is not a value of the canonical form.

type Defined<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> }

export function omitUndefined<Members extends object>(members: Members): Defined<Members> {
  const kept: Defined<Members> = {}
  for (const key in members) {
    const value = members[key]
    if (isDefined(value)) kept[key] = value
  }
  return kept
}

function isDefined<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined
}
