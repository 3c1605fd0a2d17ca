import type { Messages } from '../en'
import { isolated } from '../isolate'

export const upload: Messages['upload'] = {
  title: 'Publier',
  drop: 'Déposez une vidéo ici',
  dropText: 'ou choisissez-en une : MP4, MOV ou WebM, jusqu’à 512 Mo et 10 minutes',
  pick: 'Choisir une vidéo',
  preview: 'Aperçu de votre vidéo',
  caption: 'Légende',
  captionPlaceholder: 'Décrivez votre vidéo. Les #hashtags aident à la trouver.',
  start: 'Publier',
  change: 'En choisir une autre',

  uploading: 'Envoi en cours',
  paused: 'En pause',
  pause: 'Pause',
  resume: 'Reprendre',
  discard: 'Abandonner',
  speed: (text) => `${text}/s`,
  left: (text) => `encore ${text}`,
  leave: 'Vous pouvez consulter d’autres pages ici en attendant.',
  waiting: 'en attente de la connexion',
  reload: 'Si vous fermez ou rechargez cette page, l’envoi s’arrête. Choisissez à nouveau le même fichier pour le continuer.',
  resumed: 'L’envoi a repris là où il s’était arrêté',
  interrupted: 'Votre envoi a été interrompu',
  interruptedText: (name) => `Choisissez à nouveau « ${isolated(name)} » pour reprendre l’envoi là où il s’était arrêté.`,
  forget: 'Ignorer',
  sharedLost: 'La vidéo partagée n’est pas arrivée. Choisissez-la ici.',

  processingText: 'Vous pouvez fermer cette page. Le traitement se poursuit sur le serveur.',
  processing: 'Traitement en cours',
  stages: {
    queued: 'En attente',
    probing: 'Vérification',
    transcoding: 'Conversion pour tous les écrans',
    storing: 'Enregistrement',
  },
  ready: 'Votre vidéo est publiée',
  readyText: 'Elle est maintenant dans le fil.',
  see: 'Voir la vidéo',
  another: 'En publier une autre',
  rejected: 'Cette vidéo ne peut pas être publiée',
}
