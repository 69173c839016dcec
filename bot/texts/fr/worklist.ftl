# La liste de travail d'une équipe, et ce que l'expéditeur voit de sa demande.
worklist-open = { $count ->
        [0] 📋 <b>{ $clinic } : aucun cas n'est ouvert.</b>
        [one] 📋 <b>{ $clinic } : 1 cas est ouvert</b>
       *[other] 📋 <b>{ $clinic } : { $count } cas sont ouverts</b>
    }
worklist-mine = { $count ->
        [0] 📋 <b>{ $clinic } : vous n'avez aucun cas ouvert.</b>
        [one] 📋 <b>{ $clinic } : vous avez 1 cas ouvert</b>
       *[other] 📋 <b>{ $clinic } : vous avez { $count } cas ouverts</b>
    }
worklist-claimed = pris
worklist-overdue = ⏰ <b>en retard</b>
worklist-unconfirmed = 🔴 <b>réponse urgente, non confirmée</b>
worklist-refused = Ces listes sont réservées aux dermatologues d'une équipe.
menu-open = Les cas qui attendent une réponse
menu-mine = Les cas que j'ai pris

button-release = ↩ Rendre
button-reopen = ♻ Rouvrir
release-done = Le cas est libre : chacun peut le prendre.
release-answered = Le cas a déjà une réponse. Corrigez-la, ou rouvrez le cas.
reopen-done = Le cas est rouvert : chacun peut le prendre. La réponse vaut jusqu'à la suivante.
reopen-gone = Ce cas ne peut plus être rouvert : l'adresse de l'expéditeur est effacée. L'expéditeur peut redemander un avis.
reopen-asked-again = L'expéditeur a redemandé un avis pour ce cas : répondez à la carte plus récente.
claim-lost-named = { $name } a pris ce cas le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } et peut le rendre.
clinic-not-claimer-named = { $name } a pris ce cas le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } : personne d'autre ne peut le faire. Il est possible de le rendre.
claim-first = Prenez d'abord le cas.
claim-first-named = Prenez d'abord le cas.
clinic-not-listed = Cette équipe tient une liste de ses dermatologues, et vous n'y figurez pas. Un administrateur peut vous inviter.
clinic-subscriber = Dans un canal, seuls les administrateurs répondent, ou les personnes inscrites sur la liste de l'équipe.

request-usual = ⏱ Cette équipe répond d'habitude en moins de { $hours ->
        [one] 1 heure
       *[other] { $hours } heures
    }.
request-claimed-dermatologist = 👤 <b>Un dermatologue inscrit sur la liste de l'équipe l'a pris</b> le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
request-claimed-administrator = 👤 <b>Un administrateur du groupe de l'équipe l'a pris</b> le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
request-claimed-member = 👤 <b>Un membre du groupe de l'équipe l'a pris</b> le { DATETIME($at, dateStyle: "medium", timeStyle: "short") } ({ $zone }).
request-answered = ✅ L'équipe a répondu : voir le message plus bas.
request-withdrawn = ↩ <b>{ $case } : demande retirée.</b> La carte de l'équipe, ses photos et ce que vous avez envoyé ensuite sont effacés. Vous pouvez redemander un avis avec le bouton sous la réponse.
request-closed = L'équipe a déjà répondu, ou la demande est retirée.
button-withdraw = ↩ Retirer la demande
button-withdraw-sure = Oui, la retirer
button-keep-request = Non, la garder
card-withdrawn = ↩ { $case } : demande retirée par l'expéditeur.
withdrawn-title = Retirée
withdrawn-note = L'expéditeur ne demande plus d'avis pour ce cas.

notice-retake = <b>Comment la reprendre :</b> à la lumière du jour ou avec un anneau lumineux, sans flash de côté ; l'objectif parallèle à la peau, à 10 ou 15 cm, ou le dermatoscope bien à plat ; la lésion au centre, sur la moitié de l'image environ ; touchez-la pour faire la mise au point. Répondez à ce message avec la photo.
notice-photo-overdue = ⏰ <b>{ $case }</b> : l'équipe a demandé une meilleure photo il y a une semaine, et aucune n'est venue. Répondez à son message avec une photo, ou revoyez le patient. En cas de doute, adressez maintenant.
group-photo-overdue = ⏰ { $case } : aucune meilleure photo n'est venue en une semaine. Prenez-le et répondez d'après ce qu'il y a.
back-level = { $mark } Cette photo seule, lue par les modèles : <b>{ $level }</b>.
button-remind-months = ⏰ Me le rappeler dans { $count ->
        [one] 1 mois
       *[other] { $count } mois
    }

card-points = ☑ Grille des 7 points : { $points }
notice-by-dermatologist = <i>Par un dermatologue inscrit sur la liste de l'équipe.</i>
notice-by-administrator = <i>Par un administrateur du groupe de l'équipe.</i>
notice-by-member = <i>Par un membre du groupe de l'équipe.</i>
own-card-answered = 🩺 Réponse de l'équipe : <b>{ $verdict }</b>
own-card-corrected = ✏️ Réponse corrigée par l'équipe : <b>{ $verdict }</b>
back-added = Elle fait maintenant partie de { $case } : { $mark } <b>{ $level }</b>. Les cartes sont à jour.
back-split = ⚠️ Ce cas a été séparé en { $cases } : la photo peut montrer l'un de ces grains de beauté.
back-raised = ⚠️ Elle peut aussi montrer { $cases } : <b>le niveau faible ne vaut plus</b>. Montrez la lésion à un dermatologue.
back-unreadable = ⚠️ <b>Je ne peux pas lire cette photo : ce n'est pas encore la meilleure photo de { $case }.</b> L'équipe la voit, et en attend toujours une meilleure.
back-known = ℹ️ { $case } contient déjà cette photo : rien ne change.
photo-waited-for = 📷 L'équipe attend une meilleure photo de <b>{ $case }</b>. Celle-ci a été lue comme un nouveau cas. <b>Si c'est la meilleure photo, renvoyez-la en réponse à ce message.</b>
