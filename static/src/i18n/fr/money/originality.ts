import type { Messages } from '../../en'
import { plural } from '../plural'

export const originality: Messages['originality'] = {
  title: 'Ressemble à une vidéo plus ancienne',
  lead: 'Les vues de ces vidéos ne comptent pas pour le fonds : leurs images sont dans une vidéo plus ancienne de quelqu’un d’autre. Si une vidéo est de vous, dites-le, et une personne décidera. Ce qu’un mois clos n’a pas compté peut être rattrapé par un administrateur.',
  alike: (percent) => `${percent} de ses images sont dans une vidéo plus ancienne.`,
  see: 'Voir l’ancienne',
  states: {
    found: 'Ne compte pas',
    disputed: 'Un modérateur va l’examiner ; d’ici là, elle ne compte pas',
    copy: 'Un modérateur l’a examinée : elle ne compte pas',
    original: 'Un modérateur l’a examinée : elle compte',
  },
  leftOut: (n, text) => plural(n, { one: `${text} vue n’a pas été comptée dans des mois clos`, other: `${text} vues n’ont pas été comptées dans des mois clos` }),
  dispute: 'C’est ma propre vidéo',
  why: 'Pourquoi elle est de vous',
  whyHint: 'Par exemple, où vous l’avez d’abord publiée. Un modérateur le lira.',
  send: 'Demander une décision',
  disputed: 'Un modérateur va l’examiner.',

  waiting: 'Vidéos qui ressemblent à d’autres',
  waitingText: 'Leurs créateurs disent qu’elles sont d’eux. Comparez les deux : le fonds ne compte que ce qui est original.',
  note: 'Ce que l’on dit au créateur',
  own: 'Elle est de lui',
  copy: 'C’est une copie',
  counted: 'Ses vues comptent.',
  uncounted: 'Ses vues ne comptent pas.',
}
