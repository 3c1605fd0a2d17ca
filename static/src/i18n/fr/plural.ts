/** The plural ending of regular nouns: French counts zero as singular. */
export const s = (n: number) => (n < 2 ? '' : 's')
