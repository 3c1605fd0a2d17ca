import type { Messages } from '../../en'
import { isolated } from '../../isolate'
import { plural } from '../plural'

export const filters: Messages['filters'] = {
  title: 'Mots et liens filtrés',
  text: 'Ce que les autres écrivent dans vos salons est comparé à cette liste. Vous, vos modérateurs et l’équipe du site n’êtes pas filtrés.',
  textAll: 'Ce qui s’écrit dans tous les salons est comparé à cette liste, en plus de celle de l’hôte. Hôtes, modérateurs et équipe ne sont pas filtrés.',
  words: 'Un mot, ou jusqu’à cinq',
  what: 'Les messages qui en contiennent',
  actions: { hold: 'attendent un modérateur', refuse: 'sont refusés' },
  add: 'Filtrer',
  none: 'Aucun mot pour l’instant. L’orthographe importe peu : accents, espaces et chiffres à la place de lettres ne trompent pas.',
  remove: 'Retirer',
  removeOf: (words) => `Retirer ${isolated(words)}`,
  links: 'Les messages avec des liens',
  linkRules: { allow: 'passent', hold: 'attendent un modérateur', refuse: 'sont refusés', listed: 'ne passent que vers ces sites' },
  domains: 'Sites, un par ligne, comme example.org',
  save: 'Enregistrer',
  saved: 'Enregistré. C’est en vigueur.',

  held: 'Retenu pour les modérateurs',
  heldRefused: 'Un modérateur n’a pas laissé passer votre message',
  waiting: 'Messages qui attendent un modérateur',
  causes: { word: 'un mot filtré', link: 'un lien' },
  more: (n, text) => plural(n, { one: `${text} autre attend`, other: `${text} autres attendent` }),
  release: 'Laisser passer',
  releaseKey: 'Laisser passer (Y)',
  refuseLine: 'Refuser',
  refuseKey: 'Refuser (N)',
}
