# La légende sous l'image. L'ensemble tient en 1 024 unités UTF-16 (toutes les combinaisons sont testées).

answer-reading = { $count ->
        [one] 🔎 Je lis votre photo…
       *[other] 🔎 Je lis vos { $count } photos…
    }

# Past so many waiting photos of all chats; $minutes until this one is answered, rounded up.
answer-busy = { $minutes ->
        [one] 🔎 Beaucoup de photos attendent. La vôtre garde sa place : la réponse arrive dans une minute environ.
       *[other] 🔎 Beaucoup de photos attendent. La vôtre garde sa place : la réponse arrive dans { $minutes } minutes environ.
    }

# While more than two photos of a chat wait; $minutes until the last one is answered, rounded up.
answer-line = { $minutes ->
        [one] 🔎 { $count } photos attendent ici. Elles sont lues l’une après l’autre ; la dernière réponse arrive dans une minute environ.
       *[other] 🔎 { $count } photos attendent ici. Elles sont lues l’une après l’autre ; la dernière réponse arrive dans { $minutes } minutes environ.
    }

level-low = faible
level-moderate = intermédiaire
level-high = élevé
level-not-assessable = non évaluable

mark-low = 🔵
mark-moderate = 🟠
mark-high = 🔴
mark-not-assessable = ⚪

headline-low = 🔵 <b>RISQUE FAIBLE</b> · { $case }
headline-moderate = 🟠 <b>RISQUE INTERMÉDIAIRE</b> · { $case }
headline-high = 🔴 <b>RISQUE ÉLEVÉ</b> · { $case }
headline-not-assessable = ⚪ <b>NON ÉVALUABLE</b> · { $case }

# Plusieurs lésions sur une photo, numérotées sur l'image.
lesions-several = { $count } lésions trouvées : la n° { $number } fixe le niveau. Jamais classé faible avant d'en avoir choisi une.
lesions-several-many = { $count } lésions trouvées, { $read } lues : la n° { $number } fixe le niveau. Photographiez les autres une par une ; aucune n'est classée faible.
lesions-picked = Lésion n° { $number } sur les { $count } de votre photo.
lesions-picked-many = Lésion n° { $number } ; { $count } trouvées, { $read } lues, donc jamais classée faible : photographiez les autres une par une.
lesions-about = Concerne la lésion n° { $number } sur les { $count } de la photo.
lesions-higher = ⚠️ <b>La lésion n° { $number } de la même photo est classée plus haut : { $mark } { $level }.</b>
photo-sent-before = { $count ->
        [one] ℹ️ Vous avez déjà envoyé cette photo
       *[other] ℹ️ Vous avez déjà envoyé une de ces photos
    } le { DATETIME($at, dateStyle: "medium") } : cas { $case }.
photo-read-together = { $count ->
        [one] 🔗 { $new } : lue avec la photo
       *[other] 🔗 { $new } : lue avec les photos
    } du cas { $case }, comme une seule lésion. Une autre lésion ? Touchez <b>{ button-split }</b> sous la réponse.
photo-read-alone = ℹ️ Lue seule : les photos du cas { $case } ne sont plus disponibles, ou il y en a plus de { $most } en tout.
lesions-picked-before = Vous avez déjà choisi la lésion n° { $number } : voir le cas { $case }.
button-pick = Lésion { $number }

# La conduite à tenir d'abord. HAS : avis dermatologique très rapide devant toute suspicion.
pathway = avis dermatologique très rapide
advice-high = <b>Demandez aujourd'hui un { $pathway }.</b> N'attendez pas une autre photo.
advice-moderate = <b>Examinez selon ABCDE.</b> Évolution, « vilain petit canard », deux critères ou le moindre doute : { $pathway }. Sinon, avis d'un dermatologue.
advice-moderate-scored = <b>Demandez l'avis d'un dermatologue.</b> Si la lésion évolue, ou au moindre doute : { $pathway }.
advice-moderate-changed = <b>La lésion évolue, vous l'avez coché : { $pathway }.</b>
# Carcinome basocellulaire ou épidermoïde possible (NICE NG12, 1.7).
advice-other-malignancy = <b>Croissance en quelques semaines, lésion épaisse, croûteuse, douloureuse ou ulcérée, lèvre ou oreille, immunodépression, ou le moindre doute : { $pathway }.</b> Sinon, avis dermatologique programmé ; plus tôt si paupière, nez, oreille ou grande lésion. De même pour une lésion rose, en relief, ferme et qui grandit : les grilles valent pour les lésions pigmentées.
advice-low = <b>Examinez aussi selon ABCDE.</b> Si la lésion évolue, ou au moindre doute : avis dermatologique.
advice-low-scored = <b>Si la lésion évolue, ou au moindre doute : avis dermatologique.</b>
advice-low-changed = <b>La lésion évolue, vous l'avez coché : avis dermatologique.</b>

low-not-valid = Non valable : { $what }.
low-closeup = sans dermatoscope
low-skin-type = phototypes V et VI
low-site = moins de 18 ans, ongle, paume, plante, muqueuse, cicatrice, tatouage, lésion traitée
low-skin-type-and-site = phototypes V et VI, moins de 18 ans, ongle, paume, plante, muqueuse, cicatrice, tatouage, lésion traitée

safety-net = <b>Un doute, un « vilain petit canard », ou la grille des 7 points à 3 ou plus ? Avis dermatologique très rapide</b>, sans attendre une meilleure photo.
safety-net-short = N'attendez pas de meilleures photos.

# Seulement si les essais de la paire installée le permettent : deux sources qui n'ont rien choisi, 50 mélanomes chacune.
tested-high = Dans nos tests, sur 100 réponses semblables à une prévalence de { $prevalence }, entre { $fewest } et { $most } étaient des mélanomes.
percent = { NUMBER($value, maximumFractionDigits: 1) } %

opinion-low = aucun signe de mélanome
opinion-moderate = incertain
opinion-high = suspect

reason-score-low = Aucun signe de mélanome trouvé par les modèles.
reason-score-moderate = Score ni clairement faible ni élevé.
reason-score-high = Les modèles voient des signes de mélanome.
reason-other-malignancy = Un autre cancer cutané (basocellulaire ou épidermoïde) est possible.
reason-disagreement = Les deux modèles divergent : niveau relevé.
reason-several-lesions = Plusieurs lésions trouvées, donc jamais classé faible avant que l'une soit choisie.
reason-many-lesions = Plus de lésions trouvées que lues, donc jamais classé faible : il faut une photo de chacune.
reason-both-photos = Gros plan et dermoscopie lus ensemble : niveau relevé.
reason-better-photo = Une meilleure photo de { $case }, qui montre peut-être cette lésion, n'a pas été classée faible.
reason-clinical-photo = Gros plan sans dermatoscope : moins de certitude, donc jamais classé faible.
reason-outline-uncertain = Le contour de la lésion n'a pas été trouvé ; le centre de la photo a été lu. Si la lésion est petite ou excentrée, une photo de plus près aide.
reason-domain-uncertain = Type de photo incertain : moins de certitude.
reason-no-lesion = Je n'y trouve pas de lésion cutanée.
reason-few-pixels = Il y a trop peu de pixels sur la lésion.
reason-quality = La qualité de la photo est insuffisante.
reason-skin-type = Phototype V ou VI : modèles moins fiables, donc jamais classé faible.
reason-under-18 = Moins de 18 ans : modèles non entraînés sur ces lésions, donc jamais classé faible.
reason-site = Site particulier ou lésion traitée : peu ou pas d’exemples pour les modèles, donc jamais classé faible.
reason-seven-point = Grille des 7 points à 3 ou plus.
reason-seven-point-scored = Grille des 7 points : { $score } sur 10.
reason-abcde = Critères ABCDE ou « vilain petit canard » présents.
reason-abcde-named = ABCDE : { $letters }.
reason-abcde-none = ABCDE : aucun critère.
reason-red-flag = Signe d'alerte : saignement, croissance, nodule, ou inquiétude.
reason-red-flag-named = Signe d'alerte : { $flags }.

fault-too-small = Lésion ou photo trop petite : rapprochez-vous, envoyez l'original.
fault-blurred = Floue : calez la main, touchez l'écran pour la mise au point, restez à 10 cm.
fault-too-dark = Trop sombre : lumière du jour ou lampe.
fault-too-bright = Surexposée : éloignez la lumière, sans flash.
fault-glare = Reflets : inclinez la lumière ou le téléphone.
fault-low-contrast = Presque sans contraste : essuyez l'objectif, éclairez mieux.
fault-no-colour = Sans couleurs : prenez-la en couleurs, sans filtre.
fault-name-too-small = trop petite
fault-name-blurred = floue
fault-name-too-dark = trop sombre
fault-name-too-bright = surexposée
fault-name-glare = reflets
fault-name-low-contrast = peu de contraste
fault-name-no-colour = sans couleurs
retake-no-lesion = Cadrez une seule lésion sur la moitié de l'image et renvoyez-la.
retake-few-pixels = Rapprochez-vous, jusqu'à ce que la lésion soit { NUMBER($factor, maximumFractionDigits: 1) } fois plus grande sur la photo, ou envoyez la photo comme fichier.

# Les photos non lues, chacune avec ce qui ne va pas.
unread-this = Les modèles ne peuvent pas lire cette photo.
unread-photos = Non lues : { $photos }.
unread-photo = photo { $photo } ({ $problem })
unread-count = { $count }
problem-quality = qualité insuffisante
problem-no-lesion = aucune lésion trouvée
problem-few-pixels = trop peu de pixels sur la lésion
problem-unreadable = ne s'ouvre pas

disclaimer = <i>Prototype de recherche, pas un dispositif médical. Vous décidez. Un doute ? Adressez le patient.</i>

button-details = Détails
button-split = Grains de beauté différents

# Sur l'image elle-même : texte simple, sans balises.
card-title-low = Risque faible
card-title-moderate = Risque intermédiaire
card-title-high = Risque élevé
card-title-not-assessable = Non évaluable
card-subtitle = Cas { $case } · { DATETIME($at, dateStyle: "medium") }
card-level-low = Faible
card-level-moderate = Intermédiaire
card-level-high = Élevé
card-level-not-assessable = Non évaluable
card-for = en faveur d'un mélanome
map-title = Cas { $case } : ce que le { $who } a regardé
card-against = en défaveur
card-disclaimer = Prototype de recherche, pas un dispositif médical. Vous décidez.
many-photos = 🖼 <b>{ $count } photos ont été lues comme une seule lésion.</b> Si elles montrent des lésions différentes, touchez <b>Grains de beauté différents</b> : chacune a alors son niveau.
