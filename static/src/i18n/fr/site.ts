import type { Messages } from '../en'

export const nav: Messages['nav'] = {
  label: 'Navigation principale',
  media: 'Diffusion',
  feed: 'Fil',
  live: 'Direct',
  create: 'Créer',
  inbox: 'Activité',
  me: 'Moi',
  home: 'Cadeau, aller au fil',
  skip: 'Aller au contenu',
}

export const common: Messages['common'] = {
  framesUnit: 'i/s',
  again: 'Réessayer',
  cancel: 'Annuler',
  close: 'Fermer',
  back: 'Retour',
  save: 'Enregistrer',
  copy: 'Copier',
  copied: 'Copié',
  delete: 'Supprimer',
  loading: 'Chargement',
  theEnd: 'Fin de la liste',
  wrong: 'Une erreur est survenue',
  labelled: (label, value) => `${label} : ${value}`,
  linkCopied: 'Lien copié',
  live: 'Direct',
}

export const need: Messages['need'] = {
  title: 'Rejoignez Cadeau',
  like: 'Il vous faut un compte pour aimer des vidéos.',
  save: 'Il vous faut un compte pour enregistrer des vidéos.',
  report: 'Il vous faut un compte pour signaler quelque chose.',
  comment: 'Il vous faut un compte pour commenter.',
  follow: 'Il vous faut un compte pour suivre d’autres personnes.',
  say: 'Il vous faut un compte pour participer à la discussion.',
  gift: 'Il vous faut un compte pour envoyer des cadeaux.',
  live: 'Il vous faut un compte pour passer en direct.',
  upload: 'Il vous faut un compte pour publier des vidéos.',
  coins: 'Il vous faut un compte pour acheter des pièces.',
  buy: 'Il faut un compte pour acheter dans les boutiques.',
  join: 'Créer un compte',
  signIn: 'J’ai déjà un compte',
  adultsTitle: 'Réservé aux 18 ans et plus',
  adultsText:
    'Il faut avoir au moins 18 ans pour passer en direct, acheter des pièces ou envoyer des cadeaux. Vous pouvez toujours regarder, aimer, suivre et discuter.',
  adultsOk: 'OK',
}

export const create: Messages['create'] = {
  title: 'Créer',
  live: 'Passer en direct',
  liveText: 'Avec votre caméra ou votre écran',
  record: 'Filmer un clip',
  recordText: 'Une minute au plus, avec des effets',
  upload: 'Publier une vidéo',
  uploadText: 'Jusqu’à 10 minutes',
}

export const missing: Messages['missing'] = {
  title: 'Page introuvable',
  text: 'Le lien est peut-être incorrect ou n’est plus valable.',
  action: 'Revenir au fil',
}
