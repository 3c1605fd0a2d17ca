import { isolated } from '../isolate'
import { plural } from './plural'

export const sounds = {
  original: (name: string) => `Son original – ${isolated(name)}`,
  originalOf: 'Son original',
  line: (title: string) => `Son : ${isolated(title)}`,
  uses: (n: number, text: string) => plural(n, { one: `${text} vidéo`, other: `${text} vidéos` }),
  play: 'Écouter le son',
  stop: 'Arrêter le son',
  broken: 'Ce son ne peut pas être lu.',
  use: 'Utiliser ce son',
  notUsable: 'Son auteur ne permet pas aux autres de l’utiliser.',
  withdrawn: 'La vidéo originale a été supprimée : aucune nouvelle vidéo ne peut utiliser ce son.',
  toOriginal: 'Vidéo originale',
  videos: 'Vidéos avec ce son',

  edit: 'Modifier le son',
  title: 'Titre',
  titleHint: 'Laissez-le vide pour que le son porte votre nom.',
  allow: 'Les autres peuvent utiliser mon son',
  allowHint: 'Les vidéos qui l’utilisent déjà le gardent.',
  saved: 'Enregistré',

  chosen: 'Son de votre vidéo',
  chosenText: 'Il remplace le son de votre fichier.',
  remove: 'Retirer le son',
  shorter: 'Le son est plus court que votre vidéo. La suite sera muette.',
  preview: 'Lire l’aperçu',
  stopPreview: 'Arrêter l’aperçu',
}
