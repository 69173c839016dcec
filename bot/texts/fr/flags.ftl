# Lésions signalées : niveau élevé ou réponse « Urgent », tant que ce n'est pas réglé.
flag-high = 🚩 <b>Signalée : niveau élevé le { DATETIME($at, dateStyle: "medium") } ({ $case }).</b> Le patient a-t-il été adressé ?
flag-urgent = 🚩 <b>Signalée : réponse « Urgent » le { DATETIME($at, dateStyle: "medium") } ({ $case }).</b> Le patient a-t-il été adressé ?
flag-short = 🚩 <b>Lésion signalée.</b> Patient adressé ?
flag-melanoma = 🚩 <b>Signalée : mélanome prouvé ({ $case }).</b>
button-which-flagged = { $count ->
        [one] 🚩 Est-ce la lésion signalée ?
       *[other] 🚩 Est-ce l'une des { $count } signalées ?
    }
flagged-ask = 🚩 <b>{ $case } : est-ce l'une de ces lésions ?</b> Leur niveau était élevé ou la réponse « Urgent », et ce n'est pas réglé. Le signalement reste alors avec la nouvelle photo, quel que soit son niveau.
button-flagged = 🚩 { $name } · { DATETIME($at, dateStyle: "medium") }
button-none-flagged = Aucune d'elles
flagged-none = { $case } ne montre aucune des lésions signalées. Dans le doute, comparez sur le patient.
flagged-none-other = { $case } ne montre aucune des autres lésions signalées. Sa propre lésion est signalée :
flagged-joined = 🚩 { $case } a déjà été rattaché à une lésion signalée et y reste. Si ce n'est pas cette lésion, retirez-le de celle-ci.
button-settle = 🚩 Lever le signalement
settle-ask =
    <b>Qu'est-ce qui le lève ?</b>
    • L'histologie de la lésion entière : pas de cancer.
    • « Rien de suspect » ou « Surveiller » de l'équipe, sur la dernière photo de niveau élevé ou une plus récente : noté tout seul.
    • Une erreur, avec sa raison.
    Le niveau faible d'une photo plus récente ne lève rien.
button-settle-histology = 🔬 Histologie : pas de cancer
button-settle-mistake = ✖️ C'était une erreur
settle-whole = <b>La lésion entière a-t-elle été retirée et examinée, sans cancer ?</b> La biopsie d'une partie ne lève rien.
button-settle-whole = ✅ Oui : entière, pas de cancer
settle-mistake = <b>Quelle était l'erreur ?</b> La raison est conservée dans le dossier.
button-settle-wrong-lesion = La photo montre une autre lésion
button-settle-wrong-finding = Un signe a été coché par erreur
button-settle-test-photo = C'était une photo d'essai
settle-melanoma = Un mélanome prouvé reste signalé.
flag-settled = 🚩 Levé et noté pour { $case }. Un nouveau niveau élevé ou une réponse « Urgent » signale de nouveau la lésion.
flag-settled-before = Elle n'est pas (ou plus) signalée.
remind-referred = <b>Le patient a-t-il été adressé ?</b> Un rappel dans plusieurs mois ne remplace pas l'avis.
button-referred-remind = ✅ Adressé : me le rappeler
button-not-referred = Pas encore
remind-refer-first = <b>Adressez d'abord le patient : { $pathway }.</b> Aucun rappel n'est programmé pour { $case } : programmez-le une fois le patient adressé.
reminder-due-flagged = ⏰ 🚩 <b>Une nouvelle photo de { $case } est à faire, et la lésion est signalée : niveau élevé ou réponse « Urgent ». Le patient a-t-il été adressé ? Sinon : avis dermatologique très rapide, maintenant.</b> Après la réponse, touchez « Suivre » pour les garder ensemble.
history-flagged = 🚩 Signalée

# Les photos côte à côte. Sur l'image : texte simple.
button-compare = 🖼 Comparer les photos
comparison-comes = L'image suit.
comparison-caption = 🖼 <b>{ $label }</b> : { $count } photos, pas à l'échelle ; tournées de la même façon si le contour est connu. Comparez aussi sur le patient : si vous voyez une évolution, ou au moindre doute, adressez-le.
comparison-first = Première
comparison-previous = Précédente
comparison-latest = Dernière
comparison-unavailable = Photo plus disponible
comparison-not-to-scale = Pas à l'échelle
