type DefinedKeys<Fields> = {
  [Name in keyof Fields]-?: undefined extends Fields[Name] ? never : Name
}[keyof Fields]

/** Fields that may be `undefined` become fields that may be absent. */
export type Defined<Fields> = Pick<Fields, DefinedKeys<Fields>> & {
  [Name in Exclude<keyof Fields, DefinedKeys<Fields>>]?: Exclude<Fields[Name], undefined>
}

/** The fields without those that are `undefined`, so that what is not stated is absent. */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  const stated = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(stated) as Defined<Fields>
}
