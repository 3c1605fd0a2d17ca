/** The plural ending of regular nouns. */
export const s = (n: number) => (n === 1 ? '' : 's')
