# Ce que les cas adressés sont devenus.
button-outcome = 🔬 Résultat
button-outcome-melanoma = Mélanome, à l'histologie
button-outcome-other-cancer = Autre cancer de la peau
button-outcome-benign-histology = Pas de cancer, à l'histologie
button-outcome-benign-diagnosis = Pas de cancer, sans histologie
button-outcome-unknown = Non connu
button-outcome-change = 🔬 Changer le résultat
outcome-ask = 🔬 <b>{ $case }</b> : quel a été le résultat histologique ou le diagnostic final ?
outcome-ask-later = 🔬 <b>{ $case }</b> : il y a 8 semaines, vous avez demandé l'avis de l'équipe. Quel a été le résultat histologique ou le diagnostic final ? Je ne le demande qu'une fois. Votre réponse montre ce que vaut chaque niveau ici.
outcome-ask-clinic = 🔬 <b>{ $case }</b> a 8 semaines, et son expéditeur ne peut plus être interrogé. Quel a été le résultat histologique ou le diagnostic final ?
outcome-noted = 🔬 <b>{ $case }</b>, c'est noté : { $outcome }.
outcome-missed = 🚨 <b>{ $case } était classé faible et s'est révélé être un mélanome.</b>
stats-outcomes = <b>Ce que les niveaux ont valu ici</b> (mélanomes parmi les cas adressés dont le résultat est connu)
stats-outcome = • { $level } : { $count } sur { $known } (intervalle à 95 % : { $low } à { $high })
stats-outcome-low = • faible : { $count ->
        [one] 1 mélanome trouvé
       *[other] { $count } mélanomes trouvés
    }
