import type { Messages } from '../en'
import { isolated } from '../isolate'
import { plural } from './plural'

export const profile: Messages['profile'] = {
  followers: (n) => plural(n, { one: 'abonné', other: 'abonnés' }),
  following: (n) => plural(n, { one: 'abonnement', other: 'abonnements' }),
  followersTitle: 'Abonnés',
  followingTitle: 'Abonnements',
  nobody: 'Personne pour l’instant',
  joined: (date) => `Membre depuis le ${date}`,
  avatarLive: (name) => `${isolated(name)} est en direct. Regarder le direct`,
  notFound: 'Profil introuvable',
  notFoundText: 'Vérifiez l’identifiant. Le compte a peut-être été supprimé.',

  videos: 'Vidéos',
  noVideos: 'Pas encore de vidéos',
  noVideosText: 'Les vidéos publiées apparaîtront ici.',
  firstVideo: 'Publier votre première vidéo',
  views: (n, text) => plural(n, { one: `${text} vue`, other: `${text} vues` }),
  processing: 'En traitement',
  rejected: 'Refusée',
  deleteVideo: 'Supprimer la vidéo',
  deleteText: 'Elle disparaîtra pour tout le monde. Cette action est définitive.',
  deleted: 'Vidéo supprimée',

  name: 'Nom',
  bio: 'Bio',
  saved: 'Enregistré',
  settings: 'Réglages',
  language: 'Langue',
  theme: 'Thème',
  dark: 'Sombre',
  light: 'Clair',
  signOut: 'Se déconnecter',
}

export const account: Messages['account'] = {
  join: 'Créez votre compte',
  joinButton: 'S’inscrire',
  signIn: 'Ravis de vous revoir',
  signInButton: 'Se connecter',
  tagline: 'Des vidéos courtes, des directs et des cadeaux en temps réel.',
  handle: 'Identifiant',
  handleHint: 'De 3 à 24 lettres (a–z), chiffres, points ou tirets bas, en commençant par une lettre',
  name: 'Nom',
  nameHint: 'Visible par tous. Vous pourrez le modifier plus tard.',
  password: 'Mot de passe',
  passwordHint: 'Au moins 8 caractères',
  show: 'Afficher le mot de passe',
  hide: 'Masquer le mot de passe',
  birthdate: 'Date de naissance',
  birthdateHint: 'Jamais visible par les autres. Il faut avoir au moins 13 ans.',
  haveOne: 'Vous avez déjà un compte ?',
  haveNone: 'Pas encore de compte ?',
  toSignIn: 'Se connecter',
  toJoin: 'Créer un compte',
  welcome: (name) => `Bienvenue, ${isolated(name)} !`,
}

export const form: Messages['form'] = {
  tooLong: (n, text) => plural(n, { one: `${text} caractère au maximum`, other: `${text} caractères au maximum` }),
}
