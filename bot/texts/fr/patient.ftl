# Le patient : demandé une fois par cas, repris dans la carte de l'équipe, le courrier et l'export.

patient-age-under-18 = moins de 18 ans
patient-age-18-39 = 18–39 ans
patient-age-40-59 = 40–59 ans
patient-age-60-79 = 60–79 ans
patient-age-80-up = 80 ans ou plus
patient-sex-female = femme
patient-sex-male = homme
patient-sex-other = autre
patient-site-head = tête
patient-site-neck = cou
patient-site-chest = thorax
patient-site-back = dos
patient-site-abdomen = abdomen
patient-site-arm = bras
patient-site-hand = main
patient-site-palm-or-sole = paume ou plante
patient-site-leg = jambe
patient-site-foot = pied
patient-site-nail = ongle
patient-site-genital = région génitale
patient-site-mucosa = muqueuse
patient-duration-weeks = depuis des semaines
patient-duration-months = depuis des mois
patient-duration-years = depuis des années
patient-duration-always = depuis toujours
patient-change-unchanged = inchangée
patient-change-growing = augmente de taille
patient-change-changed = change de couleur ou de forme
# « Inchangée » a été répondu, et la grille dit le contraire.
patient-change-disagrees = { $sign } et « inchangée » : contradictoire
sign-growth = croissance
sign-diameter = diamètre en augmentation
sign-evolution = évolution
sign-size = changement de taille
patient-risk-own-melanoma = antécédent personnel de mélanome
patient-risk-family-melanoma = antécédent familial de mélanome
patient-risk-many-moles = nombreux nævus
patient-risk-immunosuppression = immunodépression
patient-risk-sunburns = coups de soleil sévères
patient-no-risks = aucun

prompt-patient = 👇 Niveau { $mark } <b>{ $level }</b>. { $question }
patient-question-all = <b>Le patient.</b> Repris dans le courrier et dans la demande d'avis. Répondez à ce que vous voulez.
patient-question-age = <b>Quel âge a le patient ?</b>
patient-question-sex = <b>Le sexe du patient ?</b>
patient-question-site = <b>Où est la lésion ?</b>
patient-question-duration = <b>Depuis quand est-elle là ?</b>
patient-question-change = <b>A-t-elle changé ?</b> « Augmente » coche le drapeau rouge, « change » le E de l'ABCDE.
patient-question-skin = <b>Phototype, et la peau à cet endroit ?</b>
patient-site-stays = ℹ️ Le siège reste : { $site }.
patient-question-risks = <b>Facteurs de risque ?</b> Cochez tous ceux qui sont présents.
patient-name-age = Âge
patient-name-sex = Sexe
patient-name-site = Siège
patient-name-duration = Ancienneté
patient-name-change = Évolution
patient-name-skin = Peau
patient-name-risks = Facteurs de risque
patient-name-sentence = ✏️ Une phrase
patient-name-reference = 🔖 Ma référence
patient-stated = { $name } : { $answer }
button-all-questions = ‹ Tout
button-next-question = Suite ›

patient-sentence-ask =
    ✏️ <b>{ $case } : écrivez une phrase dans votre prochain message</b>, { $limit } caractères au plus.

    <b>Ne nommez personne :</b> ni nom, ni initiales, ni date de naissance, ni adresse. Elle est conservée chiffrée, pour votre courrier et, une fois que vous l'y avez vue, pour l'équipe de dermatologie. Elle n'est dans aucun journal ni aucun export de recherche. Votre message reste dans cette conversation tant que vous ne le supprimez pas.
patient-sentence-kept = 📝 <b>{ $case } : conservé.</b> « { $words } »
patient-sentence-flags = Une phrase ne change aucun niveau : cochez la croissance, le saignement ou votre inquiétude dans la grille.
patient-sentence-erased = { $case } : la phrase est effacée.
patient-reference-ask =
    🔖 <b>{ $case } : écrivez votre propre référence pour ce patient dans votre prochain message</b>, { $limit } caractères au plus, par exemple le numéro du dossier dans votre logiciel.

    <b>Aucun nom</b>, ni initiales, ni date de naissance. Elle est conservée chiffrée. Je ne la montre qu'à vous : dans /history, sous une lésion suivie, dans les rappels et dans le courrier. /history suivi de la référence retrouve ses cas.
patient-reference-kept = 🔖 { $case } : votre référence est « { $words } ». /history { $words } la retrouve.
patient-reference-erased = { $case } : votre référence est effacée.
patient-too-long = Cela fait { $count } caractères ; { $limit } au plus. Écrivez plus court.
patient-so-far = Pour l'instant : « { $words } »
patient-stopped = { $case } : rien n'a été ajouté.
button-write-again = ✏️ Réécrire
button-erase-words = Effacer
button-write-nothing = ✖ Ne rien écrire
button-none-of-risks = Aucun de ces facteurs
patient-taken-back = ⚠️ <b>Retiré par cette réponse</b> : { $items }. Cochez-le de nouveau s'il a été constaté.
