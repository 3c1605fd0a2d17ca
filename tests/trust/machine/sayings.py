"""Lines that people decided about in English, and lines of the same kinds in French. All of them are made up."""

from __future__ import annotations

INSULTS = (
    "You are such a pathetic loser", "Nobody likes you, just go away", "What an idiot, you can't even talk properly",
    "Shut up, your voice makes me sick", "You're the dumbest person I have ever seen",
    "Ugly and stupid, what a combination", "Your face should be illegal", "You are worthless and everyone knows it",
    "Quit streaming, you have no talent at all", "Only a moron would say something like that", "You disgust me",
    "Your parents must be ashamed of you", "Get lost, you fat pig", "You are trash and so is your stream",
    "Everybody laughs at you behind your back", "You are a waste of space", "How can somebody be that stupid",
    "Go back to school, you brainless clown", "You look like a rat", "Nobody would miss you if you left",
    "You are too ugly to be on camera", "Such a miserable little creature",
    "Your singing is garbage and you are garbage", "I despise people like you", "You're a disgrace",
    "Stupid cow, stop talking", "You will never be anything but a failure", "You have the brain of a potato",
    "Shut your ugly mouth", "You are an embarrassment to everybody here", "What a sad pathetic life you have",
    "You smell and you are dumb", "Even your friends hate you", "You're nothing, you hear me, nothing",
    "Dumb as a rock, this one", "Look at this idiot pretending to play guitar", "You are a creep and a liar",
    "Please never show that ugly face again", "You talk like a complete imbecile",
    "I hope you fail, you arrogant fool", "You're so fat the camera can't fit you",
    "Worthless streamer, worthless person", "Delete your account, you freak", "You're a joke and not a funny one",
    "What a filthy pig you are", "You are the worst human being in this chat", "Cry more, you big baby, nobody cares",
    "Your stupidity hurts", "Go hide your face, you monster", "You are as useless as they come",
)  # fmt: skip
FRIENDLY = (
    "You are such a talented musician", "Everybody likes you here, stay a while",
    "What a song, you play so beautifully", "Your voice makes me happy", "You're the kindest person I have ever seen",
    "Funny and clever, what a combination", "Your dog should be famous", "You are wonderful and everyone knows it",
    "Keep streaming, you have real talent", "Only a friend would say something like that", "You made my day",
    "Your parents must be proud of you", "Come back soon, we miss you", "This game is trash but your stream is great",
    "Everybody laughs with you tonight", "That level is a waste of time", "How can a boss be that strong",
    "I go back to school tomorrow, wish me luck", "That rat in the kitchen was so cute",
    "We would all miss you if you left", "The light on your camera is too dark", "Such a lovely little cat",
    "Your singing is gold and so is your guitar", "I admire people like you", "You're a legend",
    "The cow behind you is so funny", "You will be on stage one day", "I have the memory of a goldfish",
    "Open your mouth wide and sing", "You are an inspiration to everybody here", "What a happy quiet life you have",
    "I smell coffee and I am hungry", "Even my friends love you", "It's nothing, don't worry, nothing at all",
    "Hard as a rock, this puzzle", "Look at this guy playing guitar, amazing",
    "I am a clumsy cook and I burn everything", "Please show that painting again", "You talk like a real teacher",
    "I hope you win, good luck", "The cake is so big the camera can't fit it", "Great streamer, great person",
    "How do I delete my account?", "That was a joke and a funny one", "What a messy desk you have, I love it",
    "This is the best chat on the whole site", "Don't cry, everybody cares about you",
    "My stupid keyboard is broken again", "Show us the monster costume", "These scissors are useless, use the others",
)  # fmt: skip
INSULTES = (
    "Tu es vraiment un pauvre type", "Personne ne t'aime, dégage d'ici", "Quel imbécile, tu ne sais même pas parler",
    "Tais-toi, ta voix me donne envie de vomir", "Tu es la personne la plus bête que j'aie vue",
    "Moche et stupide, bravo", "Tu ne vaux rien et tout le monde le sait", "Arrête de streamer, tu n'as aucun talent",
    "Tu me dégoûtes", "Tes parents doivent avoir honte de toi", "Dégage, gros porc",
    "Tout le monde se moque de toi dans ton dos", "Espèce de clown sans cervelle", "Tu ressembles à un rat",
    "Tu es trop laid pour une caméra", "Tu ne seras jamais qu'un raté", "Ferme ta sale bouche",
    "Même tes amis te détestent", "Supprime ton compte, espèce de monstre", "Tu es une honte pour tout le monde ici",
)  # fmt: skip
GENTILLESSES = (
    "Tu es vraiment une belle personne", "Tout le monde t'aime ici, reste encore", "Quelle chanson, tu joues si bien",
    "Ta voix me rend heureux", "Tu es la personne la plus gentille que j'aie vue", "Drôle et malin, bravo",
    "Cette partie ne vaut rien mais ton direct est super", "Continue à streamer, tu as du talent", "Tu me fais rire",
    "Tes parents doivent être fiers de toi", "Reviens vite, on t'attend", "Tout le monde rit avec toi ce soir",
    "Ce niveau est trop dur pour moi", "Le rat dans la cuisine était trop mignon", "Ta caméra est un peu sombre",
    "Un jour tu seras sur scène", "Ouvre la bouche et chante", "Même mes amis t'adorent",
    "Comment supprimer mon compte ?", "Tu es un exemple pour tout le monde ici",
)  # fmt: skip
