/** The forms of a counted text, by the categories of CLDR's plural rules. A category without a form of its own uses `other`. */
export type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>
export type Plural = (n: number, forms: Forms) => string

export function pluralOf(language: string): Plural {
  const rules = new Intl.PluralRules(language)
  return (n, forms) => forms[rules.select(n)] ?? forms.other
}
