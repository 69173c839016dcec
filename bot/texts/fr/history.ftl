history-title = { $count ->
        [one] <b>Votre cas</b>
       *[other] <b>Vos { $count } cas</b>, du plus récent au plus ancien
    }
history-title-level = { $mark } <b>{ $level } : { $total ->
        [one] votre cas</b>
       *[other] { $count } de vos { $total } cas</b>
    }, du plus récent au plus ancien
history-empty = Aucun cas pour l'instant. Envoyez-moi la photo d'une lésion : sa réponse figurera ici.
history-row = { $mark } <b>{ $case }</b> · { $level } · { DATETIME($at, dateStyle: "medium", timeStyle: "short") }{ $photos ->
        [one] {""}
       *[other] {" "}· { $photos } photos
    }
history-times = <i>Au { DATETIME($at, dateStyle: "medium", timeStyle: "short") } UTC. Touchez un cas pour ses détails, un niveau pour filtrer.</i>
button-newest = « Plus récents
button-older = Plus anciens ›
button-back = ‹ Retour à la liste
history-split = ✂️ <b>{ $case } a été séparé en { $count } cas.</b> Ouvrez l'un d'eux :
history-found = 🔖 <b>« { $reference } »</b> : { $count } cas, du plus récent au plus ancien
history-found-more = Ci-dessous : les { $shown } plus récents. Boutons : { $opened } sur { $count }.
history-reference = 🔖 { $reference }
