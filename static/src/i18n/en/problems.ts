/** What may have to be said before `errors` is loaded, or when nothing can be loaded. */
export const problems: Record<string, string> = {
  offline: 'No connection to the server.',
  unexpected: 'Something went wrong. Try again.',
}
