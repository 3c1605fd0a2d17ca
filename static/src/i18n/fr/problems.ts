/** What may have to be said before `errors` is loaded, or when nothing can be loaded. */
export const problems: Record<string, string> = {
  offline: 'Pas de connexion au serveur.',
  unexpected: 'Une erreur est survenue. Réessayez.',
}
