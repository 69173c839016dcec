# Demander un avis : le formulaire de l'expéditeur, la carte de l'équipe, le retour.

button-ask-clinic = 🩺 Demander l'avis d'un dermatologue
button-pass = Non précisé
button-cancel-form = ✖ Annuler
button-discard-form = Abandonner
button-keep-form = ‹ Continuer
button-back-step = ‹ Retour
button-previous = ‹ Question précédente
button-send-referral = ✅ Le patient est d'accord : envoyer
button-crop = { $percent ->
        [100] Photo entière
       *[other] { $percent } % seulement
    }
button-move-l = ⬅
button-move-u = ⬆
button-move-d = ⬇
button-move-r = ➡
button-crop-chosen = ● { $label }

referral-title = 📝 <b>Demander un avis pour { $case }</b>
referral-question-sentence = Quelque chose à ajouter ? <b>Répondez à ce message</b> en une phrase ({ $limit } caractères). <b>Ne nommez personne</b> : ni nom, ni date de naissance, ni adresse.
referral-too-long = Restez en dessous de { $limit } caractères, et ne nommez personne.
referral-preparing = Je prépare ce que l'équipe de dermatologie verra…
referral-preview = 👁 <b>Voici exactement ce qui part vers « { $clinic } ».</b> La photo n'identifie personne ?
referral-consent = En envoyant, vous confirmez : <b>le patient accepte que la photo passe par Telegram et soit vue par tous les membres de l'équipe de dermatologie.</b>
referral-urgent = C'est une demande de conseil, pas un adressage : <b>adressez vous-même dès aujourd'hui</b> ({ $pathway }).
referral-changed = C'est une demande de conseil, pas un adressage : la lésion évolue, <b>adressez vous-même</b> ({ $pathway }).
referral-advice = C'est une demande de conseil, pas un adressage.
referral-sent = ✅ <b>{ $case } est parti vers « { $clinic } »</b> le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }). La réponse arrive ici ; répondez-y pour poser une question.
referral-cancelled = Annulé. Rien n'a été envoyé à l'équipe de dermatologie. Ce que vous avez dit du patient reste avec le cas.
referral-discard = Abandonner ce que vous avez saisi ? Rien n'a été envoyé à l'équipe de dermatologie.
referral-gone = Ce formulaire n'est plus ouvert.
referral-already = L'équipe de dermatologie a déjà ce cas.
referral-no-clinic = Aucune équipe de dermatologie n'est liée pour le moment.
referral-no-photo = Telegram ne me donne plus cette photo. Renvoyez-la, puis redemandez l'avis d'un dermatologue.

card-asked = Demandé le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
card-sentence = « { $sentence } »
card-open = ⏳ Attend que quelqu'un le prenne.
card-claimed = 👤 Pris par { $name }.
card-claimed-someone = 👤 Pris.
card-answered = ✅ <b>{ $verdict }</b>
card-corrected = ✏️ Corrigé : <b>{ $verdict }</b>
card-replaced = <s>{ $verdict }</s> · remplacé le { DATETIME($at, dateStyle: "medium", timeStyle: "short") }
card-comment = 💬 { $comment }
card-overdue = ⏰ Sans réponse depuis trop longtemps : libre.
card-unreachable = ⚠️ L'expéditeur n'est plus joignable par moi.
card-how-to-comment = <i>Répondez à cette carte pour commenter.</i>
card-foot = <i>Demande de conseil. Prototype de recherche, pas un dispositif médical.</i>

verdict-urgent = Urgent : { $pathway }
verdict-routine = Consultation programmée
verdict-monitor = { $count ->
        [one] Surveiller : nouvelle photo dans 1 mois
       *[other] Surveiller : nouvelle photo dans { $count } mois
    }
verdict-benign = Rien de suspect sur cette photo
verdict-better-photo = Meilleure photo, s'il vous plaît
verdict-better-photo-came = Meilleure photo demandée et reçue

button-claim = 🙋 Je prends
button-verdict-urgent = 🔴 Urgent : { $pathway }
button-verdict-routine = 🟠 Consultation programmée
button-verdict-monitor = 📅 Surveiller…
button-verdict-benign = 🔵 Rien de suspect sur cette photo
button-verdict-better-photo = 📷 Meilleure photo, s'il vous plaît
button-months = { $count ->
        [one] Nouvelle photo dans 1 mois
       *[other] Nouvelle photo dans { $count } mois
    }
button-below = ⚠️ Sous { $level }. Oui : { $verdict }
button-correct = ✏️ Corriger la réponse
button-comment = 💬 Commenter

claim-won = Le cas est à vous. Répondez avec les boutons.
claim-lost = Quelqu'un d'autre a été plus rapide : le cas est pris.
claim-mine = Le cas est déjà à vous.
clinic-refused = Vous ne pouvez pas faire cela ici.
clinic-anonymous = Vous êtes anonyme ici. Désactivez cela pour prendre un cas : l'expéditeur doit savoir qu'une personne répond.
clinic-not-claimer = Seule la personne qui a pris le cas peut le faire.
clinic-stale = Ce cas n'est plus ouvert.
clinic-confirm-below = Mon niveau est plus élevé. Appuyez encore une fois si vous êtes sûr.
verdict-sent = Envoyé à l'expéditeur.
verdict-sent-nowhere = Noté sur la carte. L'expéditeur n'est plus joignable.

comment-claim-first = Prenez d'abord le cas, puis répondez à sa carte.
comment-ask = 🗨 <b>{ $case }</b> : écrivez votre commentaire en réponse à ce message ({ $limit } caractères, ne nommez personne). Il part aussitôt vers l'expéditeur.
comment-taken = 💬 Envoyé à l'expéditeur de { $case }.
comment-too-long = Restez en dessous de { $limit } caractères.
comment-not-text = Commentez avec des mots, s'il vous plaît.

notice-verdict = 🩺 <b>{ $case } : l'équipe de dermatologie a répondu</b>
notice-correction = ✏️ <b>{ $case } : CORRECTION de l'équipe de dermatologie</b>. Elle remplace la réponse précédente.
notice-comment = 💬 <b>{ $case } : un commentaire de l'équipe de dermatologie</b>
notice-said = <b>{ $verdict }</b>
notice-answer-waited-for = La réponse elle-même n'est pas encore arrivée.
notice-high-stays = 🔴 Le risque est élevé : <b>adressez vous-même dès aujourd'hui</b> ({ $pathway }), si ce n'est pas fait, sans attendre l'équipe.
notice-replaced = <s>{ $said }</s>
    ✏️ <b>Remplacée le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }) :</b> voir la correction plus bas.
notice-continued = { $said }
    ⬇️ L'équipe a écrit de nouveau le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }) : voir le message plus bas.
notice-safety-net = { $count ->
        [one] Conseil d'après une photo.
       *[other] Conseil d'après { $count } photos.
    } <b>Si la lésion change, saigne, ou vous inquiète, vous ou le patient, adressez, quelle que soit la réponse.</b>
notice-reply = Répondez à ce message par une phrase ou une photo pour poser une question.
notice-overdue = ⏰ <b>{ $case }</b> : l'équipe de dermatologie n'a pas encore répondu. Ne l'attendez pas : en cas de doute, adressez maintenant.
notice-overdue-high = ⏰ <b>{ $case }</b> : l'équipe de dermatologie n'a pas encore répondu. <b>Adressez vous-même dès aujourd'hui</b> ({ $pathway }), si ce n'est pas fait.
notice-lost = ⚠️ <b>{ $case }</b> : je ne peux plus joindre l'équipe de dermatologie, il n'y aura pas de réponse de là. Adressez par votre voie habituelle.
group-high = ⚠️ { $case } est maintenant au niveau <b>élevé</b> : voyez sa carte.
group-split = ✂️ { $case } : selon l'expéditeur, ses photos montrent des grains de beauté différents. Sa carte les nomme. Votre réponse vaut pour chacun : si elle n'en concerne qu'un, précisez-le en commentaire.
group-overdue = ⏰ { $case } attend depuis trop longtemps : prenez-le et répondez.
digest-title = { $count ->
        [one] 📋 <b>1 cas est ouvert</b>
       *[other] 📋 <b>{ $count } cas sont ouverts</b>
    }
digest-line = { $mark } { $case } · depuis le { DATETIME($at, dateStyle: "medium", timeStyle: "short") }
digest-more = … et { $count } de plus

back-forwarded = Transmis à l'équipe de dermatologie. <b>Ne l'attendez pas si cela vous inquiète.</b>
back-cropped = ✂️ Recadrée comme votre première photo : l'équipe voit { $percent } % de chaque côté, autour des lésions trouvées.
back-cropped-less = ✂️ Moins recadrée que votre première photo, pour ne couper aucune lésion : l'équipe voit { $percent } % de chaque côté.
back-cropped-middle = ✂️ Recadrée comme votre première photo : l'équipe voit le centre, { $percent } % de chaque côté. <b>Si la lésion n'y est pas, renvoyez-la avec la lésion au centre.</b>
back-card = ↩️ <b>{ $case }</b> : l'expéditeur revient vers vous
back-too-long = <b>La photo n'a été ni lue ni transmise.</b> Renvoyez-la en réponse, avec { $limit } caractères au plus, et ne nommez personne.
back-one-photo = <b>Envoyez une photo à la fois</b>, chacune en réponse. Aucune de ces photos n'a été lue ni transmise.
back-closed = Ce cas est clos. Envoyez une nouvelle photo pour redemander.

teach-consent = Je lis les photos de ce groupe, pour l'enseignement, dès que la personne qui les a envoyées a accepté mes conditions en privé.

erased-title = Effacé
erased-note = L'expéditeur a demandé l'oubli de ce cas.
erased-caption = 🗑 Effacé à la demande de l'expéditeur.
erased-please = <i>Supprimez vos propres réponses si elles disent quelque chose du patient.</i>
picture-is-above = L'image se trouve dans les messages antérieurs : le groupe a déménagé.
notice-undelivered = ⚠️ <b>{ $case }</b> n'a pas pu être publié dans le groupe de l'équipe : <b>personne ne l'a vu.</b> Adressez par votre voie habituelle, ou redemandez plus tard avec le bouton sous la réponse.

# The photos that follow the card, and the locator photo.
button-add-locator = 📍 Ajouter une photo de repérage
button-change-locator = 📍 Photo de repérage : changer
button-without-locator = Sans photo de repérage
referral-question-locator = 📍 <b>Répondez à ce message avec une photo de la région, prise de loin</b>, pour que l'équipe voie où est la lésion. Les modèles ne la lisent pas, et elle ne compte pour aucun niveau. Ni visage, ni tatouage, rien qui identifie le patient.
locator-added = 📍 La photo de repérage est dans le formulaire pour l'équipe. <b>Les modèles ne l'ont pas lue.</b> Si vous vouliez faire évaluer une lésion, renvoyez cette photo une fois le formulaire envoyé.
referral-photos = { $count ->
        [one] 📷 La photo suit la carte en pleine résolution, recadrée de même.
       *[other] 📷 { $count } photos suivent la carte en pleine résolution, recadrées de même.
    }
referral-photos-locator = { $count ->
        [one] 📷 La photo, recadrée de même, et la photo de repérage suivent la carte en pleine résolution.
       *[other] 📷 { $count } photos, recadrées de même, et la photo de repérage suivent la carte en pleine résolution.
    }
album-caption = { $count ->
        [0] 📷 { $case }
        [one] 📷 { $case } : la photo en pleine résolution.
       *[other] 📷 { $case } : { $count } photos en pleine résolution.
    }
album-locator = La dernière est la photo de repérage.
album-missing = { $count ->
        [one] 1 photo n'a pas pu être récupérée auprès de Telegram.
       *[other] { $count } photos n'ont pas pu être récupérées auprès de Telegram.
    }
card-risks = ⚠️ Facteurs de risque : { $risks }
card-no-risks = Facteurs de risque : { $risks }
card-made = ⚠️ { $case }, classé à part (photo { $photo }) : { $mark } { $level }
card-split = ✂️ Selon l'expéditeur, ce sont des grains de beauté différents ({ $moles }).
card-split-count = ✂️ Selon l'expéditeur, ce sont { $count } grains de beauté différents.
card-mole = photo { $photo } { $mark } { $case }
card-earlier = 🕒 Cette lésion auparavant : { $levels }
card-earlier-level = { $mark } { $level } le { DATETIME($at, dateStyle: "medium") }
