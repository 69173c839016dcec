# Le dossier de l'expéditeur : lésions, rappels, courrier, export.

# Étiquettes de deux mots. Même longueur dans les deux langues ; aucun mot médical, aucune couleur, aucun nom.
lesion-first-words = tranquille, lointain, ancien, nordique, méridional, oriental, occidental, hivernal, printanier, estival, automnal, paisible, venteux, brumeux, étoilé, caché, silencieux, joyeux, royal, lunaire, maritime, forestier, rural, alpin
lesion-second-words = port, jardin, sentier, moulin, phare, pont, village, ruisseau, vallon, verger, étang, clocher, marché, atelier, refuge, quai, rivage, hameau, glacier, désert, archipel, canal, plateau, sommet
lesion-label = { $second } { $first }

button-lesion = 📌 Suivre
button-letter = ✉️ Courrier
button-new-lesion = ➕ Une lésion que je ne suivais pas
button-same-lesion = 📌 { $label }
button-timeline = 📈 Évolution
button-own-words = ✏️ Mes propres mots
button-no-words = Effacer mes mots
button-remind = ⏰ Rappel
button-leave-lesion = Pas cette lésion
button-open-case = Ouvrir { $case }
button-letter-text = 📋 Copier en texte
button-letter-language = En anglais

lesion-ask = <b>{ $case }</b> : quelle lésion montre-t-il ?
lesion-left = ↩️ <b>{ $case }</b> a quitté la lésion. Ce qui en a été repris reste : référence, âge, sexe, facteurs de risque, phototype, sites particuliers. <b>Un autre patient ?</b> Corrigez-les sous « Le patient ».
lesion-page =
    📌 <b>{ $label }</b>
    { $count ->
        [one] Suivie depuis { $case }.
       *[other] { $count } cas, le dernier { $case }.
    }
lesion-own-words = ✏️ <i>{ $words }</i>
lesion-row = { $mark } { DATETIME($at, dateStyle: "medium") } · { $case } · { $level }
answers-also = 📌 <b>Noté aussi pour { $cases }</b> : même lésion ou même patient, sans réponse à ce sujet. Une erreur est à corriger là aussi.
lesion-answers-shared = ⚠️ Moins de 18 ans, phototype V ou VI ou site particulier : cela vaut pour toutes les photos d'une lésion. Repris d'une autre photo pour <b>{ $cases }</b>, qui ne peut donc pas être de risque faible.
lesion-how = <i>Au { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Une nouvelle photo plus tard : envoyez-la, puis « Suivre » et cette étiquette sous sa réponse.</i>
lesion-agree =
    🖼 <b>Comparer ses photos plus tard ?</b> Demandez au patient. Avec son accord, je conserve, chiffré, l'endroit où Telegram garde les photos de cette lésion, jamais de copie : jusqu'à ce que vous arrêtiez, ou 24 mois après la dernière photo.
button-agree-photos = ✅ Accord du patient : conserver
lesion-photos = { $count ->
        [0] 🖼 Le patient est d'accord. Aucune de ses photos n'est plus disponible ; les nouvelles sont conservées
        [one] 🖼 Le patient est d'accord : les photos d'un cas sont conservées
       *[other] 🖼 Le patient est d'accord : les photos de { $count } cas sont conservées
    } jusqu'au { DATETIME($at, dateStyle: "medium") } au plus tard.
button-stop-photos = 🚫 Ne plus conserver
lesion-words-ask =
    Écrivez vos propres mots pour « { $label } » dans votre prochain message, 80 caractères au plus.

    <b>Ne nommez personne :</b> ni nom, ni initiales, ni date de naissance, ni adresse. Ils sont conservés chiffrés, montrés à vous seul, et jamais publiés sans que vous les ayez vus et confirmés. Le message que vous écrivez reste dans cette conversation tant que vous ne le supprimez pas.
lesion-words-kept = Conservé pour « { $label } » : <i>{ $words }</i>
lesion-words-long = Cela fait { $count } caractères ; 80 au plus. Écrivez plus court.
lesion-words-erased = Effacé. L'étiquette reste : { $label }.
lesion-full = Vous suivez autant de lésions qu'il y a d'étiquettes. Choisissez-en une existante.
timeline-title = { $label }
timeline-caption =
    📈 <b>{ $label }</b>
    { $count ->
        [one] 1 cas pour l'instant.
       *[other] { $count } cas.
    } Au { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Ce sont les niveaux des réponses, pas des tailles : un niveau faible ne l'emporte jamais sur une évolution que vous voyez.

remind-ask = ⏰ Quand dois-je vous demander une nouvelle photo de <b>{ $case }</b> ?
remind-set = ⏰ Je vous demanderai une nouvelle photo de <b>{ $case }</b> le { DATETIME($at, dateStyle: "medium") }. /remind pour la liste et l'annulation.
remind-weeks = { $count ->
        [one] 1 semaine
       *[other] { $count } semaines
    }
remind-months = { $count ->
        [one] 1 mois
       *[other] { $count } mois
    }
remind-list = { $count ->
        [one] <b>Votre rappel</b>
       *[other] <b>Vos { $count } rappels</b>
    }
remind-row = ⏰ { DATETIME($at, dateStyle: "medium") } · { $case }
remind-none = Aucun rappel. Ouvrez un cas dans /history, touchez « Suivre », puis « Rappel » ; ou écrivez /remind et le numéro du cas.
remind-cancelled = Annulé : { $case }.
button-cancel-reminder = ✖ { $case } · { DATETIME($at, dateStyle: "medium") }
reminder-due = ⏰ <b>Une nouvelle photo de { $case } est à faire.</b> Comparez à la première ; si la lésion a évolué, ou au moindre doute : avis dermatologique très rapide. Après la réponse, touchez « Suivre » pour les garder ensemble.

caption-command = J'ai d'abord lu la photo comme un cas. Pour { $command }, utilisez les boutons sous sa réponse, ou renvoyez { $command }.
caption-list = J'ai d'abord lu la photo comme un cas : { $command } ne le contient pas encore. Renvoyez { $command }, sans photo.
caption-not-kept = La légende de { $case } n'est pas conservée et ne change aucun niveau : cochez la croissance, le saignement ou votre inquiétude dans la grille, ou écrivez une phrase pour le courrier.
letter-none = Aucun cas pour un courrier. Envoyez-moi d'abord une photo.
letter-caption = ✉️ { $case } : imprimez-le, complétez le patient à la main, signez. Je ne connais aucun nom.
letter-file = courrier-{ $case }.pdf

export-caption = 📦 Tout ce qui est conservé de vous : { $count ->
        [one] 1 cas
       *[other] { $count } cas
    }, en CSV et JSON, avec un README. Le fichier reste dans cette conversation tant que vous ne le supprimez pas.
export-nothing = Rien n'est conservé de vous.

history-filter-all = Tous
history-filter-level = { $mark } { $level }
history-empty-level = Aucun cas de ce niveau.
history-verdict = 🩺 { $verdict }

forget-open = ⚠️ { $count ->
        [one] <b>Une demande d'avis est ouverte</b> : { $cases }. Sa réponse ne vous parviendra plus.
       *[other] <b>{ $count } demandes d'avis sont ouvertes</b> : { $cases }. Leurs réponses ne vous parviendront plus.
    } Dans le doute, adressez d'abord le patient par votre propre courrier.
timeline-date = { DATETIME($at, dateStyle: "medium") }

export-readme =
    Tout ce que Nevus conserve de vous ({ $subject }), au { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC.

    cases.csv        une ligne par cas : numéro, heure (UTC), niveau annoncé, niveau des réseaux seuls, raisons, photos, lésion, vos réponses
    photos.csv       une ligne par photo : niveau, type, scores (0 à 1, calibrés à 50 % de prévalence : pas le risque d'un patient), empreinte du fichier
    everything.json  la même chose et plus : qualité, avis, versions, consentement, ce que vous avez dit des patients et vos références, vos propres mots, où Telegram a les photos des lésions suivies et, quelques heures, celles des nouveaux cas, quels messages montrent des cas, ce que j'attends, rappels, équipes, ce que vous leur avez dit et leurs réponses

    Ni photo ni nom ne sont conservés ; une conversation ne l'est que chiffrée, tant qu'un rappel ou une réponse doit la trouver.

    Pas dans ce fichier : les adresses chiffrées (votre conversation, les numéros des messages, l'empreinte de votre compte), qui ne disent rien sans la clé ; les messages en chemin, effacés dès qu'ils sont lus ou envoyés ; les réponses que vous avez données à d'autres comme dermatologue, qui appartiennent à leurs cas ; et le journal d'audit, qui contient les niveaux et réponses antérieurs des mêmes cas par numéro de sujet et reste tel quel. /forget détruit le lien entre vous et tout cela.
