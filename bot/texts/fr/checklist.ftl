# Grille et contexte : boutons sous une réponse, et ce qu'ils ajoutent à sa légende.

button-checklist = ☑ ABCDE
button-patient = 👤 Le patient
button-seven-point = Grille des 7 points
button-abcde = ABCDE
button-done = ✓ Terminé
button-ticked = ✅ { $item }
button-none-of = Aucun de ces signes
button-no-site = Aucun de ces sièges

# NICE NG12 : les trois premiers comptent 2 points, les autres 1.
seven-change-in-size = Taille modifiée · 2
seven-irregular-shape = Forme irrégulière · 2
seven-irregular-colour = Couleur irrégulière · 2
seven-diameter-7-mm = 7 mm ou plus · 1
seven-inflammation = Inflammation · 1
seven-oozing = Suintement · 1
seven-change-in-sensation = Prurit, sensation · 1

abcde-asymmetry = A · Asymétrie
abcde-border = B · Bords irréguliers
abcde-colour = C · Couleur inhomogène
abcde-diameter = D · Diamètre en augmentation
abcde-evolution = E · Évolution
abcde-ugly-duckling = « Vilain petit canard »

letter-asymmetry = A
letter-border = B
letter-colour = C
letter-diameter = D
letter-evolution = E
letter-ugly-duckling = « vilain petit canard »

flag-bleeding = saignement
flag-growth = croissance
flag-nodule = nodule
flag-worry = inquiétude du médecin

button-bleeding = 🚩 Saignement
button-growth = 🚩 Croissance
button-nodule = 🚩 Nodule
button-worry = 🚩 Cela m’inquiète

button-skin-type = { $number }
age-adult = 18 ans ou plus
age-under-18 = moins de 18 ans

site-nail = ongle
site-palm-or-sole = paume ou plante
site-mucosa = muqueuse
site-scar = cicatrice
site-tattoo = tatouage
site-treated = lésion déjà traitée
button-nail = Ongle
button-palm-or-sole = Paume, plante
button-mucosa = Muqueuse
button-scar = Cicatrice
button-tattoo = Tatouage
button-treated = Déjà traitée

answers = ✍️ { $answers }
answer-seven-point = grille des 7 points { $score }/10
answer-abcde = ABCDE : { $letters }
answer-skin-type = phototype { $number }
answer-no-site = siège sans particularité

prompt-seven-point = 👇 Niveau { $mark } <b>{ $level }</b>, <b>{ $score } sur 10 points</b>. <b>Cochez ce que vous trouvez.</b> 3 points, ou un seul drapeau : avis très rapide.
prompt-abcde = 👇 Niveau { $mark } <b>{ $level }</b>, <b>{ $letters } sur 6</b>. <b>Cochez ce que vous trouvez.</b> E, « vilain petit canard », deux lettres ou un drapeau : avis très rapide.

picture-is-older = ⚠️ Le niveau a changé : l'image montre encore le premier.
