import type { Messages } from '../../en'

export const visibility: Messages['visibility'] = {
  label: 'Qui peut la voir',
  public: 'Tout le monde',
  publicText: 'Chacun, aussi dans le fil et par un lien.',
  followers: 'Abonnés',
  followersText: 'Seulement les personnes qui vous suivent.',
  private: 'Moi seul',
  privateText: 'Personne d’autre.',
  withheld: 'Non visible par les autres',
  withheldText: 'Seuls vous et les modérateurs la voyez. S’il y a une décision à lire, elle est avec ses motifs sur la page Décisions à votre sujet.',
  withheldLink: 'Vos décisions, et comment faire un recours',
  edit: 'Modifier la vidéo',
  saved: 'Vidéo modifiée',
  files: 'Qui a gardé l’adresse d’un fichier de cette vidéo peut encore l’ouvrir. Pour la reprendre, supprimez la vidéo.',
  more: 'Plus',
  menu: 'Vidéo',
}
