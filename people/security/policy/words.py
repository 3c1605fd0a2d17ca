"""Words that many passwords are made of, in English and in French: written by us, in no order that means anything."""

from __future__ import annotations

_PLAIN = """
password passwort passcode passphrase passw pass secret secure security private login signin account admin
administrator root user username guest default changeme letmein welcome hello goodbye access computer internet
network server system master mastermind test testing tester temp temporary sample example demo nothing whatever
something anything everything nobody somebody unknown forgot forget remember please thanks thankyou sorry
love lovely lover loveme loveyou iloveyou iloveu ilovehim iloveher ihateyou kiss kisses hugs heart sweetheart
sweetie honey baby babygirl babyboy angel angels princess prince queen king kingdom princesa beauty beautiful
pretty sexy lucky happy smile sunshine sunny summer winter autumn spring monday tuesday wednesday thursday friday
saturday sunday january february march april may june july august september october november december
morning evening midnight today tomorrow yesterday forever always never freedom peace hope faith dream dreams
dreamer magic wizard merlin dragon phoenix unicorn tiger lion panther leopard eagle falcon hawk wolf wolves bear
shark dolphin monkey donkey horse pony puppy kitty kitten bunny rabbit hamster turtle spider scorpion snake
butterfly flower flowers rose roses lily daisy jasmine violet orchid tulip cherry strawberry banana apple orange
lemon peach mango coconut chocolate cookie cookies candy sugar cupcake pancake cheese pizza burger coffee whiskey
football soccer baseball basketball hockey tennis golf rugby cricket boxing wrestling running skater surfer
hunter fisher player gamer gaming games playstation nintendo xbox pokemon pikachu mario zelda sonic minecraft
fortnite roblox starwars skywalker yoda vader jedi trekker spiderman superman batman ironman wolverine hulk
naruto sasuke goku onepiece hellokitty barbie disney mickey minnie garfield snoopy simpson scooby
michael jordan michelle jennifer jessica ashley amanda nicole daniel daniela anthony joshua matthew andrew robert
william charlie charles thomas george jackson johnson taylor justin brandon tyler jacob ryan kevin steven stephen
patrick richard maggie buster bailey harley ginger pepper shadow rocky rocket lucas oliver oscar samantha
victoria elizabeth christine christian alexander alexandra maria martin melissa rachel rebecca sarah hannah sophie
chelsea liverpool arsenal barcelona manchester madrid juventus ranger rangers cowboys steelers yankees lakers
bulls eagles giants dolphins london paris berlin newyork america england france germany canada australia
mercedes ferrari porsche mustang corvette camaro toyota honda yamaha suzuki harleydavidson ducati
metallica nirvana slipknot eminem beatles elvis madonna rihanna beyonce music guitar drummer dancer dancing singer
rockstar rock hiphop money dollar million millionaire rich diamond diamonds gold golden silver platinum crystal
black white green yellow purple blue red pink orange rainbow star stars moon earth world ocean island river
mountain thunder lightning storm hurricane winter snow snowball fire flame matrix killer ninja samurai warrior
soldier sniper assassin ghost zombie vampire demon devil satan lucifer heaven hell jesus christ god godislove
blessed blessing church grace trinity genesis family mother father mommy daddy sister brother friend friends
bestfriend boyfriend girlfriend husband wife school student teacher college university office business company
manager doctor nurse police marines airforce army captain pirate explorer traveler scooter monster machine
fuckyou fuckoff fuckme asshole bitch bullshit pussy biteme trustno one trustnoone abracadabra opensesame
qwerty qwertz azerty asdf zxcv iphone samsung android google facebook instagram youtube twitter tiktok snapchat
amazon netflix microsoft windows linux apple whatsapp yahoo hotmail gmail cadeau cadeaux gift gifts livestream
streaming streamer
"""
_FRENCH = """
motdepasse motpasse monmotdepasse passe bonjour bonsoir salut bienvenue coucou merci jetaime jetadore jtaime
teamo moncoeur monamour amour amours amoureux amoureuse cherie cheri chouchou doudou doudoune loulou loulotte
minou minette chaton chatons chat chien chienne toutou cheval poney lapin souris ours loup panda tigre singe
papillon tortue dauphin baleine princesse prince reine etoile etoiles soleil lune ciel nuage pluie orage neige
fleur fleurs rose tulipe marguerite jasmin violette chocolat bonbon bonbons caramel vanille fraise framboise
cerise banane pomme citron orange croissant baguette fromage camembert saucisson biere pastis champagne
lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre
octobre novembre decembre printemps ete automne hiver vacances noel joyeuxnoel anniversaire bonheur liberte egalite
fraternite republique marseille paris lyon toulouse bordeaux nantes lille nice strasbourg rennes bretagne corse
france francais francaise belgique bruxelles suisse quebec montreal afrique algerie maroc tunisie senegal
maman papa mamie papi famille frere soeur copain copine ami amis amie amies enfant enfants bebe ange anges
nicolas julien sebastien guillaume alexandre maxime thomas antoine mathieu matthieu romain vincent philippe
olivier christophe frederic laurent jerome stephane pascal thierry patrice bernard michel jacques pierre francois
isabelle nathalie valerie sandrine stephanie veronique catherine christine celine aurelie emilie camille marine
pauline caroline charlotte mathilde juliette manon chloe laetitia virginie sylvie monique martine brigitte
foot ballon psg olympique zidane mbappe cyclisme petanque musique guitare danse danseuse chanson jeux joueur
ordinateur internet secret secrete invite administrateur utilisateur connexion compte toto tata titi tutu
tototiti loulous poupee poupette bisou bisous bisounours calin nounours nounou lulu lili lolo lola fifi riri
voiture moto maison jardin ecole college lycee police pompier pompiers militaire armee
merde putain connard connasse salope salaud encule enculer tagueule jteemmerde cadeau noelcadeau
azertyuiop qsdfghjklm wxcvbn marseillaise asterix obelix tintin milou gaston dragonball naruto pokemon
doliprane coquelicot caribou
"""

WORDS = frozenset(_PLAIN.split()) | frozenset(_FRENCH.split())
ROWS = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm",
    "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1aqwzsx2edc3rfv", "qazwsxedcrfvtgbyhnujm",
    "aqwzsxedcrfvtgbyhn", "147258369", "123qweasdzxc", "123azeqsdwxc", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p",
    "a1z2e3r4t5y6u7i8o9p0", "1a2z3e4r5t6y7u8i9o0p", "a1b2c3d4e5f6g7h8",
)  # fmt: skip
"""Keys side by side, on English, French and German keyboards, and letters as they follow."""
