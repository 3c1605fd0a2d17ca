import type { Messages } from '../../en'

export const settings: Messages['settings'] = {
  title: 'Réglages',
  signIn: 'Connectez-vous pour modifier vos réglages.',

  profile: 'Profil',
  picture: 'Photo de profil',
  choose: 'Choisir une photo',
  remove: 'Retirer la photo',
  removed: 'Photo retirée',
  pictureSaved: 'Photo enregistrée',
  crop: 'Déplacer et zoomer',
  cropArea: 'Photo. Déplacez-la avec les flèches, zoomez avec plus et moins.',
  zoom: 'Zoom',
  use: 'Utiliser cette photo',

  handle: 'Identifiant',
  handleHint: 'Vous pouvez le changer tous les 14 jours. Pendant 90 jours, l’ancien vous reste réservé et ses liens mènent ici.',
  handleNext: (date) => `Vous pourrez le changer à nouveau le ${date}.`,
  handleSaved: 'Identifiant modifié',

  appearance: 'Langue et thème',
  auto: 'Automatique',
  system: 'Système',

  password: 'Mot de passe',
  current: 'Mot de passe actuel',
  fresh: 'Nouveau mot de passe',
  passwordText: 'Tous vos autres appareils seront déconnectés.',
  firstPassword: 'Vous n’en avez pas encore : avec un mot de passe, vous pouvez aussi vous connecter ici directement. Tous vos autres appareils seront déconnectés.',
  firstPasswordButton: 'Choisir ce mot de passe',
  passwordButton: 'Changer le mot de passe',
  passwordSaved: 'Mot de passe modifié. Vos autres appareils sont déconnectés.',

  devices: 'Appareils connectés',
  thisDevice: 'Cet appareil',
  unknown: 'Appareil inconnu',
  device: (browser, system) => `${browser} sur ${system}`,
  seen: (first, last) => `Dernière activité : ${last} · connecté : ${first}`,
  end: 'Déconnecter',
  endDevice: (device) => `Déconnecter : ${device}`,
  ended: 'Appareil déconnecté',
  endOthers: 'Déconnecter tous les autres appareils',
  endedOthers: 'Tous les autres appareils sont déconnectés',
  today: 'aujourd’hui',
}
