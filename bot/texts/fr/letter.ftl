# Le courrier d'adressage. Texte simple ; ce qui est laissé vide se complète à la main.

letter-title = Demande d'avis : lésion cutanée
letter-date = { DATETIME($at, dateStyle: "long") }
letter-blank-to = À l'attention de
letter-blank-from = De (cabinet, téléphone)
letter-blank-patient = Patient (nom, prénom)
letter-blank-birth = Date de naissance
letter-blank-contact = Adresse, téléphone
letter-greeting = Cher confrère, chère consœur,
letter-request-high = Je vous adresse ce patient pour un { $pathway } devant une lésion cutanée suspecte de mélanome.
letter-request-moderate = Je vous remercie de votre avis sur la lésion cutanée de ce patient ; je ne peux exclure un mélanome.
letter-request-low = Je vous remercie de votre avis sur la lésion cutanée de ce patient.
letter-request-low-changed = Je vous remercie de votre avis sur la lésion cutanée de ce patient, qui évolue ; je ne peux exclure un mélanome.
letter-request-moderate-changed = Je vous adresse ce patient pour un { $pathway } devant une lésion cutanée qui évolue ; je ne peux exclure un mélanome.
letter-request-not-assessable = Je vous remercie de votre avis sur la lésion cutanée de ce patient ; sa photo n'a pas pu être évaluée.
letter-fact = { $name } : { $value }
letter-fact-case = Cas
letter-fact-level = Niveau du tri
letter-fact-answers = Grille
letter-fact-verdict = Réponse de l'équipe de dermatologie
letter-case = { $case }, { DATETIME($at, dateStyle: "medium") }, { $count ->
        [one] 1 photo
       *[other] { $count } photos
    }
letter-no-answers = non renseigné
letter-closing = Siège et taille, antécédents, mon examen :
letter-signature = Bien confraternellement, (signature et cachet)
letter-footer = Les photos ont été lues par deux classificateurs d'images (Nevus { $version }, paire de réseaux { $pair }) : prototype de recherche, pas un dispositif médical. Son niveau n'est pas un diagnostic et n'exclut jamais un mélanome. Le médecin décide.
letter-nameless = Aucun nom de patient n'a été donné au logiciel.

verdict-waited-for = avis demandé, sans réponse à ce jour
verdict-asked-again-waited-for = { $verdict } ; avis redemandé, sans réponse à ce jour
verdict-asked-again-better-photo = { $verdict } ; avis redemandé, une meilleure photo est nécessaire
verdict-asked-again-better-photo-came = { $verdict } ; avis redemandé, la meilleure photo est arrivée
letter-request-answered = Je vous adresse ce patient pour une lésion cutanée. Une équipe de dermatologie en a vu la photo ; sa réponse figure ci-dessous.
letter-fact-flag = Lésion auparavant
letter-flag-high = niveau élevé le { DATETIME($at, dateStyle: "medium") } ({ $case }), non levé depuis
letter-flag-urgent = réponse « Urgent » le { DATETIME($at, dateStyle: "medium") } ({ $case }), non levée depuis
letter-flag-melanoma = mélanome prouvé ({ $case })
letter-fact-reference = Ma référence
letter-fact-patient = Patient et lésion
letter-fact-risks = Facteurs de risque
letter-fact-sentence = Précision
letter-fact-photo = Photo
letter-photo = Photo telle qu'envoyée, lésion entourée si elle a été trouvée ; sans échelle.
letter-photo-gone = n'est plus disponible sur Telegram
letter-closing-stated = Taille, antécédents, mon examen :
letter-ticked = { $checklist } : { $names }
letter-flags = Signes d'alerte : { $flags }
letter-fact-moles = Séparé en
letter-mole = { $case } : { $level }
