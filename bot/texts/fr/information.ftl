help-text =
    <b>Mode d'emploi</b>

    <b>Envoyez une photo</b> d'une lésion cutanée. Plusieurs photos de la même lésion : en un seul album, ou répondez à ma réponse avec la suivante ; un gros plan et une photo dermoscopique sont lus ensemble.

    <b>Une bonne photo</b>
    • Au dermatoscope si vous en avez un.
    • Nette : calez la main, touchez la lésion à l'écran pour la mise au point.
    • Lumière du jour ou lampe de côté, sans flash ni reflet.
    • La lésion occupe environ la moitié de l'image, poils écartés.
    • Ni visage, ni étiquette.

    <b>La réponse</b>
    🔴 élevé · 🟠 intermédiaire · 🔵 faible · ⚪ non évaluable
    Faible signifie que les modèles n'ont trouvé aucun signe de mélanome. Cela n'en exclut jamais un : <b>au moindre doute, devant un « vilain petit canard », ou si la grille des 7 points atteint 3, demandez sans attendre un avis dermatologique très rapide.</b>

    <b>Commandes</b>
    /history – vos cas, leurs niveaux et réponses
    /letter – un courrier à imprimer (PDF)
    /remind – rappels pour une nouvelle photo
    /export – tout ce qui est conservé de vous
    /about – ce qui a été mesuré, versions
    /privacy – ce qui est conservé, comment être oublié
    /language – français ou anglais
    /forget – m'oublier

help-clinic =
    <b>Demander l'avis d'un dermatologue</b>
    Le bouton sous une réponse envoie le cas aux dermatologues, une fois que vous avez vu ce qui part et que le patient est d'accord. Leur réponse arrive ici ; répondez-y pour poser une question.
help-admin =
    <b>Pour les administrateurs</b>
    /link – relier le groupe ou le canal d'une équipe
    /invite – un lien qui fait entrer une personne
    /members – qui appartient à quelle équipe, retirer quelqu'un
    /stats – ce qui a été compté

about-title = <b>À propos de Nevus</b>
about-what =
    Deux classificateurs indépendants, un réseau de convolution (CNN) et un Vision Transformer (ViT), lisent chaque photo. Des règles fixes tirent un niveau des deux avis, de la qualité de la photo et de vos constatations.

    Un prototype de recherche, pas un dispositif médical. Le médecin décide.
about-rules = <b>Comment le niveau est décidé</b>
about-rules-text =
    • Le niveau le plus élevé des photos lisibles l'emporte. Si les modèles divergent, il monte d'un cran.
    • Une photo reconnue comme simple gros plan n'est jamais classée faible. Parfois un gros plan est pris pour une photo dermoscopique : faible n'est pas valable sans dermatoscope.
    • Rien n'abaisse un niveau.

    <b>Élevé, quoi que disent les modèles</b>
    • ABCDE (HAS) n'a pas de score officiel. Notre propre règle : évolution, « vilain petit canard » ou deux lettres : élevé ; une lettre : au moins intermédiaire.
    • Grille pondérée des 7 points (NICE NG12) à 3 ou plus : changement de taille, forme irrégulière, couleur irrégulière, 2 points chacun ; diamètre d'au moins 7 mm, inflammation, suintement, changement de sensation, 1 point chacun.
    • Saignement, croissance, nodule ou votre inquiétude.

    <b>Jamais faible, quoi que disent les modèles</b>
    Phototypes V et VI, moins de 18 ans, ongle, paume, plante, muqueuse, cicatrice, tatouage, lésion traitée.

about-measured = <b>Ce qui a été mesuré</b>
about-measured-none = La version installée ne contient aucune mesure.
about-source = <b>{ $source }</b>, { $use } : { $photos } photos, { $melanomas } mélanomes
about-area = • { $who } : AUC { $value } ({ $low } à { $high })
about-missed = • Mélanomes classés faible : { $value } ({ $low } à { $high })
about-cleared = • Lésions qui n'étaient pas un cancer, classées faible : { $value } ({ $low } à { $high })
about-measured-note = <i>Entre parenthèses : intervalles à 95 %. AUC pour le mélanome : 1 est parfait, 0,5 est le hasard.</i>
about-number = { NUMBER($value, minimumFractionDigits: 3, maximumFractionDigits: 3) }
about-limits =
    <b>Limites</b>
    • Modèles entraînés sur des photos dermoscopiques et des gros plans, surtout de peaux claires (phototypes I à IV). Moins fiable pour les phototypes V et VI.
    • Sans entraînement : moins de 18 ans, ongle, muqueuse, cicatrice, tatouage, lésions traitées ; peu de paumes et de plantes.
    • Photos au téléphone : les gros plans viennent d’une seule université et d’un seul type d’appareil ; sur les vôtres, un chiffre peut être plus bas.
    • Chiffres issus de jeux de photos publiés ; vos patients sont différents. Un chiffre ne veut rien dire sans prévalence : les réponses supposent { $prevalence } et n'en donnent un que si deux jeux d'essai qui n'ont rien choisi le permettent.
about-versions = <b>Versions</b>
about-versions-text = Nevus { $nevus } ; paire { $pair }, CNN { $cnn }, ViT { $vit } ; ONNX Runtime { $onnxruntime }, Pillow { $pillow }, { $kernel }.

source-old-archive = ISIC 2017 et 2018
source-ham = HAM10000
source-isic = archive ISIC
source-pad = photos au téléphone
source-milk-closeup = gros plans d’une université
source-milk-dermoscopic = dermoscopie d’une université
source-acral = paumes et plantes
source-unused = hors apprentissage
source-used = a aussi servi à fixer les niveaux

privacy-title = <b>Vos données</b>
privacy-text =
    <b>Conservé</b>
    • Un numéro de sujet aléatoire, votre langue, la date et la version des conditions acceptées.
    • Par photo : scores, niveau, mesures de qualité, versions, date, et une empreinte du fichier calculée avec une clé.
    • Vos réponses à la grille, et les lésions que vous suivez.
    • Ce qu'une équipe de dermatologie a répondu, quand vous avez confirmé une réponse urgente, quel jour vous avez adressé le patient, et le résultat d'un cas si quelqu'un le note. Les commentaires sont chiffrés et disparaissent quand vous êtes oublié.
    • Chiffrés, et effacés dès qu'ils ne servent plus : vos propres mots pour une lésion, où envoyer un rappel, pendant quelques heures où Telegram garde une photo et, jusqu'à 14 jours après la réponse d'une équipe, ce que vous lui avez dit, votre numéro de rappel et où va la réponse. L'adresse où demander le résultat est gardée 8 semaines après votre question.
    • Chiffré, pour une lésion que vous suivez et si le patient est d'accord : l'endroit où Telegram garde ses photos, jamais de copie, jusqu'à ce que vous arrêtiez, au plus tard 24 mois après la dernière photo.
    • Ce que vous dites du patient (tranche d'âge, sexe, siège, ancienneté, évolution, facteurs de risque, une phrase) et votre référence pour lui : chiffrés, jusqu'à ce que vous les effaciez ou soyez oublié. Aucun export de recherche ne les contient, sauf ce que les règles utilisent (moins de 18 ans, siège particulier, croissance, évolution).

    <b>Non conservé</b>
    • Ni photo, ni nom, ni nom d'utilisateur, ni numéro de conversation dans aucun enregistrement. Un message en cours de traitement est stocké chiffré, puis effacé.

    <b>Pseudonymisé, pas anonyme</b>
    Une seule ligne relie une empreinte à clé de votre compte Telegram à votre numéro de sujet. Tant qu'elle existe, vos enregistrements sont pseudonymisés : avec la clé, on pourrait les relier à vous. /forget détruit cette ligne définitivement ; il ne reste que des chiffres qui n'appartiennent à personne.

    <b>Ailleurs</b>
    Telegram est un tiers. Photos et réponses restent dans cette conversation tant que vous ne les supprimez pas, et Telegram peut en garder des copies.
privacy-number = Votre numéro de sujet est <b>{ $subject }</b> : c'est tout ce qu'un administrateur voit de vous.
privacy-consent = Vous avez accepté la version { $version } des conditions le { DATETIME($at, dateStyle: "medium") }.
privacy-consent-none = Vous n'avez pas accepté les conditions : vos photos ne sont pas ouvertes.

forget-ask =
    <b>Vous oublier ?</b>

    <b>Ce qui disparaît :</b> le lien entre votre compte Telegram et vos cas, votre langue, votre consentement, les lésions que vous suivez, vos propres mots et l'endroit où sont leurs photos, vos rappels, ce que vous avez dit des patients et vos références, les adresses de retour, ce que vous et un groupe avez écrit, et les photos en attente. Ce que j'ai publié sur vos cas dans un groupe est supprimé ou remplacé par une image « effacé ». Votre historique est alors perdu, pour moi comme pour vous. C'est irréversible.

    <b>Ce que je ne peux pas supprimer :</b> les messages de cette conversation, courriers et exports compris, et les copies que Telegram ou les membres du groupe d'une équipe de dermatologie peuvent garder. Supprimez la conversation dans Telegram, « des deux côtés ».
forget-done =
    <b>C'est fait : je vous ai oublié.</b>

    Le lien vers vos cas est détruit ; les chiffres qui restent n'appartiennent à personne.
    Les messages ci-dessus sont toujours dans cette conversation, et Telegram peut en garder des copies : supprimez-la « des deux côtés ».

    /start pour recommencer.
forget-kept = Rien n'a été supprimé.
forget-too-late = Il ne reste rien à garder : ce que je savais de vous a été supprimé avant que vous n'appuyiez sur ce bouton. /start pour recommencer.
forget-nothing = Je ne sais rien de vous : il n'y a rien à oublier. Les messages de cette conversation se suppriment dans Telegram.
button-forget = 🗑 Oui, m'oublier
button-keep = Non, tout garder
