import type { Messages } from './en'

const s = (n: number) => (n < 2 ? '' : 's')

export const fr: Messages = {
  nav: { label: 'Principale', feed: 'Fil', live: 'Direct', create: 'Créer', wallet: 'Bourse', me: 'Moi', home: 'Cadeau, vers le fil', skip: 'Aller au contenu' },
  common: {
    again: 'Réessayer', cancel: 'Annuler', close: 'Fermer', back: 'Retour', save: 'Enregistrer', copy: 'Copier', copied: 'Copié', delete: 'Supprimer', more: 'Plus',
    loading: 'Chargement', theEnd: 'C’est tout', wrong: 'Cela n’a pas marché', share: 'Partager', linkCopied: 'Lien copié', live: 'Direct', you: 'vous',
  },
  need: {
    title: 'Rejoignez-nous',
    like: 'Un compte se souvient de ce que vous aimez.', comment: 'Un compte permet de commenter.', follow: 'Un compte se souvient de qui vous suivez.',
    say: 'Un compte vous donne une voix dans le salon.', gift: 'Un compte garde vos pièces et envoie vos cadeaux.', live: 'Un compte permet de passer en direct.',
    upload: 'Un compte garde vos vidéos.', coins: 'Un compte garde vos pièces.',
    join: 'Créer un compte', signIn: 'J’en ai un', adultsTitle: 'À partir de 18 ans',
    adultsText: 'Passer en direct, acheter des pièces et envoyer des cadeaux, c’est à partir de 18 ans. Tout le reste est à vous : regardez, aimez, suivez et discutez autant que vous voulez.',
    adultsOk: 'D’accord',
  },
  feed: {
    title: 'Fil', forYou: 'Pour vous', following: 'Suivis', play: 'Lire', pause: 'Pause', soundOn: 'Activer le son', soundOff: 'Couper le son', tapForSound: 'Touchez pour le son',
    like: 'J’aime', unlike: 'Ne plus aimer', comments: 'Commentaires', position: 'Position', next: 'Vidéo suivante', previous: 'Vidéo précédente',
    emptyTitle: 'La scène est à vous', emptyText: 'Pas encore de vidéo ici. Montrez la première.', emptyAction: 'Publier une vidéo',
    followingTitle: 'Suivez quelqu’un', followingText: 'Les vidéos des personnes que vous suivez seront ici.', followingAction: 'Découvrir',
    end: 'Vous avez tout vu', endText: 'Allez voir qui est en direct.', endAction: 'En direct', liveCard: 'est en direct', enter: 'Entrer dans le salon', share: 'Partager',
    videoBy: (name) => `Vidéo de ${name}`, broken: 'Cette vidéo ne se lit pas ici.',
  },
  comments: {
    title: (n, text) => `${text} commentaire${s(n)}`, none: 'Pas encore de commentaire', noneText: 'Dites le premier mot gentil.', placeholder: 'Un mot gentil',
    send: 'Envoyer', removed: 'Commentaire supprimé', delete: 'Supprimer ce commentaire',
  },
  live: {
    title: 'En direct', empty: 'Personne n’est en direct', emptyText: 'Il faut bien que quelqu’un commence. Pourquoi pas vous ?', emptyAction: 'Passer en direct',
    viewers: (n, text) => `${text} spectateur${s(n)}`, untitled: 'Direct',
  },
  room: {
    viewers: 'Spectateurs', topGivers: 'Les plus généreux', follow: 'Suivre', following: 'Suivi', followName: (name) => `Suivre ${name}`, unfollowName: (name) => `Ne plus suivre ${name}`,
    say: 'Dites quelque chose', send: 'Envoyer', gift: 'Offrir un cadeau', share: 'Partager', leave: 'Quitter le salon', heart: 'Envoyer un cœur', unmute: 'Touchez pour le son', mute: 'Couper le son', unmuteButton: 'Activer le son',
    chat: 'Discussion', fresh: (n, text) => `${text} nouveau${n < 2 ? '' : 'x'}`, reconnecting: 'Reconnexion', away: 'L’hôte revient tout de suite', awayText: 'Restez : l’image reviendra d’elle-même.',
    idle: 'Pas en direct pour l’instant', idleText: 'L’image commence dès que l’hôte commence.', ended: 'Ce direct est terminé', endedText: 'Merci d’avoir été là.', endedAction: 'Voir qui est en direct',
    peak: 'Au plus fort', likes: 'Cœurs', coins: 'Pièces', joining: 'Connexion', removedLine: 'Message retiré', gone: 'Ce salon n’existe pas',
    sentGift: (gift, count) => `a offert ${gift} × ${count}`, started: 'Le direct a commencé', stopped: 'Le direct est en pause', endedNotice: 'Le direct est terminé',
    quietFor: (time) => `Vous pourrez écrire de nouveau à ${time}`, moderate: 'Modérer', removeLine: 'Retirer ce message', muteTen: 'Réduire au silence 10 minutes', unmutePerson: 'Rendre la parole',
    mutedDone: 'Réduit au silence pour 10 minutes', unmutedDone: 'Peut écrire de nouveau', host: 'Hôte', welcome: 'Soyez gentils, amusez-vous. Un cadeau fait la joie de l’hôte.', profile: 'Voir le profil', actions: 'Que faire de ce message',
  },
  gifts: {
    title: 'Offrir un cadeau', balance: 'Solde', get: 'Obtenir des pièces', send: 'Offrir', sendOne: (gift, coins) => `Offrir ${gift}, ${coins} pièces`, pick: (gift, coins) => `${gift}, ${coins} pièces`,
    hint: 'Touchez encore pour offrir, maintenez pour un combo', combo: 'combo', short: (coins) => `Il manque ${coins} pièces`, thenSend: (gift) => `Puis votre cadeau part : ${gift}.`,
    sent: (gift, count) => `${gift} × ${count} envoyé`, coins: (n, text) => `${text} pièce${s(n)}`,
    names: { rose: 'Rose', heart: 'Cœur', coffee: 'Café', icecream: 'Glace', cake: 'Gâteau', balloons: 'Ballons', bouquet: 'Bouquet', teddy: 'Nounours', crown: 'Couronne', fireworks: 'Feu d’artifice', rocket: 'Fusée', castle: 'Château' },
  },
  coins: { title: 'Obtenir des pièces', completed: 'Vos pièces sont là', buy: (coins, price) => `Acheter ${coins} pièces pour ${price}`, bought: (coins) => `${coins} pièces sont à vous`, pending: 'En attente du paiement', failed: 'Le paiement n’a pas abouti', none: 'Aucun lot en vente', backToRoom: 'Revenir où vous étiez' },
  studio: {
    title: 'Studio', name: 'Titre', namePlaceholder: 'De quoi s’agit-il ?', camera: 'Caméra', microphone: 'Micro', screen: 'Écran', source: 'Image', quality: 'Qualité', orientation: 'Format', portrait: 'Portrait', landscape: 'Paysage',
    golive: 'Passer en direct', cancel: 'Pas encore', device: (n) => `Appareil ${n}`, chooseScreen: 'Choisir quoi montrer', level: 'Niveau du micro', preview: 'Aperçu', standard: 'Appareil par défaut',
    end: 'Terminer', endTitle: 'Terminer le direct ?', endText: 'Vos spectateurs verront l’au revoir, et le salon se ferme pour de bon.', endYes: 'Terminer', endNo: 'Continuer',
    connecting: 'Connexion', reconnecting: 'Connexion perdue. Le direct reprend de lui-même', onAir: 'À l’antenne', time: 'À l’antenne depuis', earned: 'Pièces en cadeaux', viewers: 'Spectateurs', likes: 'Cœurs', peak: 'Spectateurs au plus fort',
    health: 'Santé', bitrate: 'Débit', frames: 'Images', loss: 'Pertes', good: 'Bon', fair: 'Instable', bad: 'Mauvais', starting: 'Démarrage', micOff: 'Micro coupé', micOn: 'Micro actif', camOff: 'Image coupée', camOn: 'Image active', muteMic: 'Couper le micro', unmuteMic: 'Activer le micro', hideCam: 'Cacher l’image', showCam: 'Montrer l’image', share: 'Partager le salon',
    afterTitle: 'C’était un beau moment', afterText: 'Voici ce qui s’est passé.', again: 'Repasser en direct', viewRoom: 'Voir le salon', duration: 'Durée',
    mineTitle: 'Votre salon est encore ouvert', mineText: (title) => `« ${title} » peut reprendre là où il s’est arrêté.`, take: 'Le reprendre', elsewhere: 'Vous êtes en direct depuis un autre programme', elsewhereText: 'Les chiffres, la discussion et les cadeaux sont ici ; l’image vient d’ailleurs.', endRoom: 'Fermer ce salon',
    obsTitle: 'Diffuser avec OBS', obsText: 'Dans OBS, choisissez Paramètres, Stream, Service « WHIP », et collez ces deux valeurs.', obsUrl: 'Serveur', obsKey: 'Jeton du porteur', obsMake: 'Obtenir une clé', obsSecret: 'Gardez la clé pour vous : qui l’a peut diffuser en votre nom.', reveal: 'Montrer', hide: 'Cacher',
    deniedTitle: 'La caméra et le micro sont bloqués', deniedText: 'Autorisez-les pour ce site avec le symbole à gauche de l’adresse, puis réessayez.', missingTitle: 'Aucune caméra trouvée', missingText: 'Branchez-en une, partagez plutôt votre écran, ou diffusez avec OBS.',
    busyTitle: 'La caméra est occupée', busyText: 'Un autre programme l’utilise. Fermez-le, puis réessayez.', failedTitle: 'La caméra n’a pas démarré', insecureTitle: 'Le navigateur ne donne pas de caméra ici', insecureText: 'Les caméras exigent une adresse sûre (https) ou cet ordinateur même.',
    lostTitle: 'L’image s’est arrêtée', lostText: 'L’appareil a été débranché ou le partage est fini. Choisissez-en un autre : vos spectateurs attendent.', lostMic: 'Le micro a été débranché. Choisissez-en un autre.', useScreen: 'Partager mon écran', allowTitle: 'Montrez-vous', allowText: 'Le navigateur demandera la caméra et le micro.', allow: 'Allumer la caméra',
    rules: 'Soyez gentils. Respectez la vie privée.', noGifts: 'La discussion et les cadeaux apparaissent ici.', activity: 'Activité',
  },
  upload: {
    title: 'Publier', drop: 'Déposez une vidéo ici', dropText: 'ou choisissez-en une : MP4, MOV ou WebM, jusqu’à 512 Mo et 10 minutes', pick: 'Choisir une vidéo', caption: 'Légende', captionPlaceholder: 'De quoi s’agit-il ? Les #hashtags aident', start: 'Publier',
    uploading: 'Envoi en cours', paused: 'En pause', pause: 'Pause', resume: 'Reprendre', discard: 'Abandonner', speed: (text) => `${text}/s`, left: (text) => `encore ${text}`, resumed: 'L’envoi reprend où il s’était arrêté',
    notVideo: 'Ce n’est pas une vidéo.', tooLarge: 'Ce fichier dépasse 512 Mo.', processing: 'Préparation', ready: 'C’est en ligne', readyText: 'Votre vidéo est dans le fil.', see: 'La voir', another: 'En publier une autre', rejected: 'Cette vidéo ne peut pas être publiée',
    stages: { queued: 'Attend son tour', probing: 'Examen', transcoding: 'Adaptation à tous les écrans', storing: 'Mise en place' },
    interrupted: 'Un envoi a été interrompu', interruptedText: (name) => `Choisissez de nouveau « ${name} » et il reprend où il s’était arrêté.`, forget: 'L’oublier', leave: 'Vous pouvez quitter cette page : l’envoi continue.', preview: 'Aperçu de votre vidéo', change: 'En choisir une autre',
  },
  wallet: {
    title: 'Bourse', coins: 'Pièces', earnings: 'Gains', pending: 'En attente', payable: 'Payables', pendingText: 'Retenus quelques jours, puis payables', statement: 'Relevé', all: 'Tout', download: 'Télécharger en CSV', none: 'Rien pour l’instant', noneText: 'Chaque pièce qui bouge est notée ici.',
    kinds: { purchase: 'Achats', gift_sent: 'Cadeaux offerts', gift_received: 'Cadeaux reçus', release: 'Libérations', grant: 'Dons' },
    one: { purchase: 'Pièces achetées', gift_sent: 'Cadeau offert', gift_received: 'Cadeau reçu', release: 'Devenu payable', grant: 'Un présent de la maison' },
    filter: 'Filtrer', balanceAfter: (text) => `${text} ensuite`, withName: (name) => `avec ${name}`, accounts: { coins: 'Pièces', pending: 'En attente', payable: 'Payables' },
  },
  profile: {
    followers: (n) => `abonné${s(n)}`, following: 'suivis', videos: 'Vidéos', edit: 'Modifier le profil', name: 'Nom', bio: 'À propos de vous', joined: (date) => `Ici depuis ${date}`, noVideos: 'Pas encore de vidéo', noVideosText: 'Ce qui sera publié apparaîtra ici.', firstVideo: 'Publier la première',
    liveNow: 'En direct', settings: 'Réglages', language: 'Langue', theme: 'Thème', dark: 'Sombre', light: 'Clair', signOut: 'Se déconnecter', notFound: 'Personne ne porte ce nom', notFoundText: 'Peut-être une faute de frappe, ou le compte n’existe plus.', followersTitle: 'Abonnés', followingTitle: 'Suivis', nobody: 'Personne pour l’instant', processing: 'En préparation', rejected: 'Refusée', views: (n, text) => `${text} vue${s(n)}`, saved: 'Enregistré', wallet: 'Bourse', studio: 'Studio', avatarLive: (name) => `${name} est en direct : entrer dans le salon`, deleteVideo: 'Supprimer cette vidéo', deleteText: 'Elle disparaît pour tout le monde, pour de bon.', deleted: 'Vidéo supprimée',
  },
  account: {
    join: 'Créez votre compte', signIn: 'Content de vous revoir', handle: 'Identifiant', handleHint: '3 à 24 parmi a–z, 0–9, _ et . ; commence par une lettre', name: 'Nom', nameHint: 'Ce que les gens voient ; il peut changer', password: 'Mot de passe', passwordHint: 'Au moins 8 caractères', birthdate: 'Date de naissance', birthdateHint: 'Personne ne la voit. On peut s’inscrire dès 13 ans.',
    joinButton: 'S’inscrire', signInButton: 'Se connecter', haveOne: 'Vous avez un compte ?', haveNone: 'Nouveau ici ?', toSignIn: 'Se connecter', toJoin: 'Créer un compte', welcome: (name) => `Bienvenue, ${name}`, tagline: 'Des vidéos courtes, des salons en direct, et des cadeaux qui arrivent sur le moment.', show: 'Montrer le mot de passe', hide: 'Cacher le mot de passe',
  },
  create: { title: 'Créer', live: 'Passer en direct', liveText: 'Caméra ou écran, tout de suite', upload: 'Publier une vidéo', uploadText: 'Jusqu’à 10 minutes, dans le fil' },
  missing: { title: 'Il n’y a rien ici', text: 'La page a peut-être changé de place, ou n’a jamais existé.', action: 'Vers le fil' },
  errors: {
    offline: 'Pas de connexion au serveur.', unexpected: 'Quelque chose n’a pas marché. Réessayez.', rate_exceeded: 'C’était beaucoup à la fois. Attendez un instant.', body_too_large: 'C’est trop gros.',
    too_young: 'Vous serez bienvenu dès 13 ans. À bientôt !', wrong_credentials: 'L’identifiant et le mot de passe ne vont pas ensemble.', handle_taken: 'Quelqu’un porte déjà cet identifiant.', unauthenticated: 'Connectez-vous d’abord.', not_signed_in: 'Connectez-vous d’abord.', forbidden: 'Ce n’est pas à vous de le faire.', not_found: 'Cela n’existe pas.', adults_only: 'C’est à partir de 18 ans.', invalid_request: 'Quelque chose n’est pas juste dans la demande.', bad_origin: 'La page a été ouverte sous une autre adresse.',
    insufficient_coins: 'Vous n’avez pas assez de pièces.', idempotency_key_reused: 'Cet achat est déjà fait. Voyez votre relevé.', no_such_gift: 'Ce cadeau n’existe plus.', no_such_pack: 'Ce lot n’existe plus.', gift_to_self: 'Un cadeau à soi-même ne compte pas.', purchase_failed: 'Le paiement n’a pas abouti.',
    room_not_live: 'Le salon n’est pas en direct.', room_ended: 'Ce direct est terminé.', already_publishing: 'Un direct est déjà en cours dans ce salon avec cette clé. Terminez-le d’abord.', wrong_stream_key: 'La clé de diffusion n’est pas juste.', viewers_full: 'Le salon est plein. Réessayez dans un instant.', no_common_codec: 'Ce navigateur ne lit pas le format de ce direct.', bad_sdp: 'La connexion n’a pas pu s’établir.', room_limit: 'Vous avez déjà un salon.', muted: 'Vous ne pouvez pas écrire ici pour un moment.', not_moderator: 'Seuls l’hôte et les modérateurs le peuvent.', text_too_long: 'C’est trop long.',
    http_404: 'Cela n’existe pas.', http_500: 'Le serveur a eu un problème. Réessayez.', http_502: 'Le serveur n’est pas là pour l’instant.', http_503: 'Le serveur est occupé. Réessayez dans un instant.',
    capture_denied: 'La caméra et le micro sont bloqués pour ce site.', capture_missing: 'Aucune caméra trouvée.', capture_busy: 'La caméra est prise par un autre programme.', capture_failed: 'La caméra n’a pas démarré.', capture_unavailable: 'Le navigateur ne donne pas de caméra ici.',
    not_a_video: 'Le fichier n’est pas une vidéo lisible.', unsupported_media: 'Le fichier n’est pas une vidéo lisible.', too_long: 'La vidéo dépasse 10 minutes.', upload_too_large: 'Le fichier dépasse 512 Mo.', upload_expired: 'L’envoi a attendu trop longtemps. Recommencez.',
  },
}
